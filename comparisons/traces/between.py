"""What is done to the parameters between one update and the next: an optimizer does nothing there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.traces.rounding import BITS, cast
from comparisons.traces.trace import Array, Tensor, Trace

ULPS = 16  # a product and a root are rounded, on a GPU too
BY_ROUNDING = "changed by their rounding, as what is added and taken away again leaves it"
AVERAGED = "set to their averages"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of parameters that no update made.

    Args:
        step: the first update after which it is seen.
        tensors: those that are changed, at that step or at later ones.
        number: the one number of its kind; None if it has none.
        says: what they are, as in "clipped to -0.1 at least and 0.1 at most".
    """

    step: int
    tensors: tuple[str, ...]
    number: float | None
    says: str


@dataclass(frozen=True, eq=False)
class _Seen:
    """A tensor after the updates (m, k) after which it is changed, in its own shape or as a sample; and then.

    Args:
        whole: whether it is no sample. average: which the optimizer keeps of it, as `left`. at: those updates.
    """

    left: Array
    then: Array
    whole: bool
    average: Array | None
    at: Array


@np.errstate(all="ignore")  # a training that diverges has numbers that are none
def change_of(trace: Trace) -> Change | None:
    """What is done to the parameters of a trace between its updates; None if each finds what the last one made."""
    follow = np.flatnonzero(np.diff(trace.steps) == 1)
    if not len(follow):
        return None
    changed = {name: _places(one, follow) for name, one in trace.tensors.items()}
    seen = {name: _seen(trace.tensors[name], at) for name, at in changed.items() if len(at)}
    if not seen:
        return None
    first = min(int(changed[name][0]) for name in seen)
    number, says = next(_kinds(list(seen.values())))
    return Change(step=int(trace.steps[first]), tensors=tuple(seen), number=number, says=says)


def _seen(tensor: Tensor, at: Array) -> _Seen:
    average = tensor.state.get("average")  # as Keras's optimizers call it
    there = average is not None and average.shape == tensor.after.shape
    return _Seen(
        left=tensor.after[at],
        then=tensor.before[at + 1],
        whole=tensor.whole,
        average=average[at] if average is not None and there else None,
        at=at,
    )


def _places(tensor: Tensor, follow: Array) -> Array:
    """Of the updates that are followed by the next: those after which the tensor is changed."""
    same = np.isclose(tensor.after[follow], tensor.before[follow + 1], rtol=0, atol=0, equal_nan=True)
    return follow[~same.reshape(len(follow), -1).all(axis=1)]


def _kinds(seen: Sequence[_Seen]) -> Iterator[tuple[float | None, str]]:
    """The kinds of change that leave nothing over, the plainest first; at last, that it is none of them."""
    if not all(np.isfinite(one.then).all() for one in seen):
        yield None, "set to numbers that are not finite"
    if all(one.average is not None and np.array_equal(one.then, one.average) for one in seen):
        every = sorted({int(gap) for one in seen for gap in np.diff(one.at)})
        often = len(every) == 1 and every[0] > 1
        yield (every[0] if often else None), AVERAGED + (f" every {every[0]} updates" if often else "")
    (low, high), (lowest, highest) = _ends([one.then for one in seen]), _ends([one.left for one in seen])
    if all(np.array_equal(one.then, np.clip(one.left, low, high)) for one in seen):
        ends = [f"{low:.6g} at least"] * (lowest < low) + [f"{high:.6g} at most"] * (highest > high)
        yield (high if highest > high else low), f"clipped to {' and '.join(ends)}"
    if all(np.array_equal(one.then, np.where(one.then == 0, 0, one.left)) for one in seen):
        share = np.mean(np.concatenate([(one.then != one.left).ravel() for one in seen]))
        yield float(share), f"set to 0 in {100 * share:.3g} % of their elements"
    for dtype, bits in BITS.items():
        if all(np.array_equal(one.then, cast(one.left, dtype)) for one in seen):
            yield 2.0**-bits, f"rounded to {dtype}"
    if all(_near(one.then, one.left) for one in seen):
        yield 0.0, BY_ROUNDING
    whole = sum(float(np.vdot(one.left, one.left)) for one in seen)
    factor = sum(float(np.vdot(one.left, one.then)) for one in seen) / (whole or 1.0)
    if all(_near(one.then, factor * one.left) for one in seen):
        yield factor, f"multiplied by {factor:.6g}"
    yield from _normed(seen)
    apart = sum(float(np.square(one.then - one.left).sum()) for one in seen)
    yield None, f"changed by {100 * np.sqrt(apart / (whole or 1.0)):.2g} % of their size, in no way that is known here"


def _ends(arrays: Sequence[Array]) -> tuple[float, float]:
    """The lowest and the highest of all numbers."""
    return min(float(one.min()) for one in arrays), max(float(one.max()) for one in arrays)


def _normed(seen: Sequence[_Seen]) -> Iterator[tuple[float, str]]:
    """The norm that each row, column or filter is scaled to, or down to where it has more; nothing if none is."""
    if not all(one.whole for one in seen):
        return
    for over in ("all but the first", "all but the last", "the first"):
        norms = [(_norms(one.left, over), _norms(one.then, over)) for one in seen]
        norm = float(np.max([then.max() for _, then in norms]))
        for how, most in (("scaled down to", 1.0), ("scaled to", np.inf)):
            scaled = [one.left * np.minimum(most, norm / left) for one, (left, _) in zip(seen, norms, strict=True)]
            if all(_near(one.then, wanted) for one, wanted in zip(seen, scaled, strict=True)):
                yield norm, f"{how} a norm of {norm:.6g}, row by row or column by column"


def _norms(values: Array, over: str) -> Array:
    """Of each update's tensor, over some of its axes; of a vector, over all of it."""
    axes = range(1, values.ndim)
    some = {"all but the first": axes[1:], "all but the last": axes[:-1], "the first": axes[:1]}[over]
    return np.asarray(np.sqrt(np.square(values).sum(axis=tuple(some or axes), keepdims=True)))


def _near(got: Array, wanted: Array) -> bool:
    epsilon = np.finfo(got.dtype).eps if got.dtype.kind == "f" else np.finfo(np.float32).eps
    return bool(np.abs(got - wanted).max() <= ULPS * epsilon * np.abs(wanted).max())
