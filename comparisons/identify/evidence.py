"""What a trace says to a fit: some elements of it, chosen so that they tell most; or all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Tensor, Trace

# Frameworks keep fractions, and the rate, in float32: half an ulp of it, and what that makes of 1 - beta^t.
HELD = 2.0**-25
CHOSEN = 96  # elements that a fit looks at
PADDING = 1e-6  # beside the norm, as torch divides by it


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Elements that one computation steps: a tensor (steps, ...), or any elements (steps, k).

    Args:
        before, after, gradients: as recorded.
        momenta: (steps,) by what the momentum, or beta1, is multiplied in each step; None if it stays, or is not known.
    """

    before: Array
    after: Array
    gradients: Array
    momenta: Array | None = None

    @cached_property
    def ulp(self) -> Array:
        """The distance of neighbouring numbers of the parameters' dtype, float64.

        Of the parameter or, where that is larger, of its longest step so far: what an optimizer remembers has the
        roundings of that in it.
        """
        longest = np.maximum.accumulate(np.abs(self.after - self.before), axis=0)
        largest = np.maximum(np.maximum(np.abs(self.before), np.abs(self.after)), longest)
        return np.spacing(largest).astype(float)

    @cached_property
    def sigma(self) -> Array:
        """What rounding makes of a parameter at least: a half in its last place, and some of its step."""
        step = np.abs(self.after.astype(float) - self.before)
        return self.ulp / 2 + 4 * float(np.finfo(self.before.dtype).eps) * step + 1e-40


@dataclass(frozen=True, kw_only=True, eq=False)
class Clipping:
    """That gradients are clipped, to a limit that is fitted as the numbers of a rule are.

    Args:
        norms: (steps,) of what is clipped together; None where each element is clipped by itself.
    """

    norms: Array | None = None

    def of(self, gradients: Array, limits: Array) -> Array:
        """(steps, points, elements): gradients (steps, elements) clipped to each of the limits (points,)."""
        if self.norms is None:
            return np.clip(gradients[:, None], -limits[:, None], limits[:, None])
        factors = np.minimum(1.0, limits / (self.norms[:, None] + PADDING))
        return np.asarray(gradients[:, None] * factors[:, :, None])


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Some pieces of a training, and how its learning rate goes.

    Args:
        pieces: of it.
        shape: (steps,) of what the learning rate is multiplied by, as far as it is known; else ones.
        slack: (steps,) what is not known of a step for the arithmetic of the framework, relative to it.
        beside: how far off epsilon is for it, relative: the root beside it has what 1 - beta^t has lost.
        free: whether each step has a rate of its own, and only its direction is known.
        clipping: what is done to the gradients before, to a limit that is one of the numbers, "limit"; or None.
        held: how far off constants may be; 0 where they are in float64.
    """

    pieces: tuple[Piece, ...]
    shape: Array
    slack: Array
    beside: float = 0.0
    free: bool = False
    clipping: Clipping | None = None
    held: float = HELD

    def of(self, pieces: Sequence[Piece]) -> "Evidence":
        """The same of other pieces."""
        return replace(self, pieces=tuple(pieces))


def tensors_of(trace: Trace) -> dict[str, Tensor]:
    """The tensors with a gradient, over the updates from the first on that follow each other.

    Raises:
        BadInput: there is none, the first update is not there, or a number is not finite.
    """
    led = {name: tensor for name, tensor in trace.tensors.items() if tensor.led_by is not None}
    if not led:
        raise BadInput(
            "the trace has no gradients; a rule is known by what it makes of them: give them to the recorder, or write "
            "grads/<name> beside params/<name>"
        )
    if int(trace.steps[0]) != 0:
        raise BadInput(
            f"the trace begins at update {int(trace.steps[0])}; what an optimizer remembers by then is not known: "
            "record from the first update on"
        )
    return led


def shortened(trace: Trace) -> Trace | None:
    """A trace with float64 in it, to the digits of float32; None where there is none, or one too large for it."""
    if not any(one.before.dtype == np.float64 for one in trace.tensors.values()):
        return None
    if any(_too_large(one) for one in trace.tensors.values()):
        return None
    tensors = {
        name: replace(
            one,
            before=one.before.astype(np.float32),
            after=one.after.astype(np.float32),
            gradient=None if one.gradient is None else one.gradient.astype(np.float32),
            used=None if one.used is None else one.used.astype(np.float32),
        )
        for name, one in trace.tensors.items()
    }
    return replace(trace, tensors=tensors)


def _too_large(one: Tensor) -> bool:
    """Whether a number is finite, and none in float32."""
    some = [values for values in (one.before, one.after, one.gradient, one.used) if values is not None]
    return any((np.abs(values[np.isfinite(values)]) > np.finfo(np.float32).max).any() for values in some)


def unreached(trace: Trace) -> tuple[str, ...]:
    """The tensors that have no finite gradient at the first update, where others have; they would end all others.

    Raises:
        BadInput: as `tensors_of`.
    """
    led = {name: one.led_by for name, one in tensors_of(trace).items()}
    late = tuple(name for name, values in led.items() if values is not None and not np.isfinite(values[0]).all())
    return late if len(late) < len(led) else ()


def steps_known(trace: Trace, led: Mapping[str, Tensor]) -> int:
    """How many updates from the first on follow each other and are finite.

    Raises:
        BadInput: not even one.
    """
    count = trace.consecutive
    for name, tensor in led.items():
        for kind, values in (("gradients", tensor.led_by), ("parameters", tensor.before), ("parameters", tensor.after)):
            finite = np.isfinite(values[:count]).reshape(count, -1).all(axis=1)  # type: ignore[index]  # all have gradients
            count = count if finite.all() else int(np.argmin(finite))
            if not count:
                raise BadInput(f"{name}: its {kind} are not finite at update 0; nothing is known of its steps")
    return count


def moving(led: Mapping[str, Tensor], count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tensors that never move, and those that do."""
    moved = [name for name, one in led.items() if (one.after[:count] != one.before[:count]).any()]
    return tuple(name for name in led if name not in moved), tuple(moved)


def pieces_of(trace: Trace, names: Sequence[str], gradients: Mapping[str, Array], count: int) -> tuple[Piece, ...]:
    """The tensors at so many updates, each a piece."""
    some, momenta = ((trace.tensors[name], gradients[name]) for name in names), course(trace.momentum, count)
    return tuple(
        Piece(before=one.before[:count], after=one.after[:count], gradients=led[:count], momenta=momenta)
        for one, led in some
    )


def part_of(piece: Piece, first: int, last: int) -> Piece:
    """The steps from the first up to the last, without it."""
    return Piece(
        before=piece.before[first:last],
        after=piece.after[first:last],
        gradients=piece.gradients[first:last],
        momenta=None if piece.momenta is None else piece.momenta[first:last],
    )


def course(numbers: Array | None, count: int) -> Array | None:
    """(count,): what a number is of its largest in each step; None if it stays the same, or is not known."""
    if numbers is None or not np.isfinite(numbers[:count]).all() or (numbers[:count] == numbers[0]).all():
        return None
    return np.asarray(numbers[:count] / numbers[:count].max())


def evidence_of(pieces: Sequence[Piece], shape: Array | None = None) -> Evidence:
    """Pieces, and the course of their learning rate if it is known."""
    steps = len(pieces[0].before)
    return Evidence(pieces=tuple(pieces), shape=np.ones(steps) if shape is None else shape, slack=np.zeros(steps))


def flat(pieces: Sequence[Piece]) -> Piece:
    """All elements of some pieces as one (steps, elements)."""
    parts = [
        np.concatenate([getattr(piece, name).reshape(len(piece.before), -1) for piece in pieces], axis=1)
        for name in ("before", "after", "gradients")
    ]
    return Piece(before=parts[0], after=parts[1], gradients=parts[2], momenta=pieces[0].momenta)


def chosen(piece: Piece, count: int = CHOSEN) -> Piece:
    """The elements that tell most: whose steps are long against their rounding, whose gradients are small, and any."""
    moved = np.abs(piece.after.astype(float) - piece.before)
    least = (
        np.finfo(piece.gradients.dtype).tiny ** 0.4
    )  # its square has all its digits, also where little is taken of it
    felt = np.flatnonzero((np.abs(piece.gradients).max(axis=0) > least) | (moved > 0).any(axis=0))
    dull = (np.abs(piece.gradients) <= least).mean(axis=0) > 0.5
    felt = felt[~dull[felt]] if (~dull[felt]).sum() >= count else felt
    if len(felt) <= count:
        indices = felt if len(felt) else np.arange(min(1, piece.before.shape[1]))
    else:
        sharp = np.median(moved[:, felt] / piece.ulp[:, felt], axis=0)
        small = np.abs(piece.gradients[:, felt]).max(axis=0)
        any_ = np.random.default_rng(0).permutation(len(felt))
        ranks = (np.argsort(-sharp, kind="stable"), np.argsort(small, kind="stable"), any_)
        indices = felt[np.unique(np.concatenate([rank[: count // 3] for rank in ranks]))]
    some = {name: getattr(piece, name)[:, indices] for name in ("before", "after", "gradients")}
    return replace(piece, **some)
