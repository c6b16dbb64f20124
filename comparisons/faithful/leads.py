"""What an optimizer is led by to see which rule it follows: the probes' tensors, beside each other in one walk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from comparisons.faithful.probes import PROBES, STEPS, Probe
from comparisons.rules import ClipGlobalNorm, ClipNorm, Rule, elementwise, of_matrices
from comparisons.tasks.streams import Array

SIZES = (-3, -6, -9, -16, -22, -85, 30)  # of gradients, as powers of ten


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """A tensor of a probe, float64: where it starts, and its gradients (steps, ...)."""

    start: Array
    gradients: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Lead:
    """Tensors to be led.

    Args:
        pieces: by the name of each tensor, the pieces that it is made of, joined along their first axis.
    """

    pieces: Mapping[str, tuple[Piece, ...]]

    def start(self) -> dict[str, Array]:
        """Name to where the tensor starts."""
        return {name: np.concatenate([piece.start for piece in some]) for name, some in self.pieces.items()}

    def gradients(self) -> dict[str, Array]:
        """Name to the gradients (steps, ...) of the tensor."""
        joined = {name: [piece.gradients for piece in some] for name, some in self.pieces.items()}
        return {name: np.concatenate(some, axis=1) for name, some in joined.items()}

    def apart(self, paths: Mapping[str, Array]) -> list[Array]:
        """The paths (steps, ...) of all pieces, from those of the tensors."""
        ends = {name: np.cumsum([len(piece.start) for piece in some]) for name, some in self.pieces.items()}
        return [part for name in self.pieces for part in np.split(paths[name], ends[name][:-1], axis=1)]

    def head(self, steps: int) -> "Lead":
        """Its first steps."""
        return Lead(
            pieces={
                name: tuple(replace(piece, gradients=piece.gradients[:steps]) for piece in some)
                for name, some in self.pieces.items()
            }
        )


def lead_of(rule: Rule) -> Lead:
    """What brings to light whether the rule is followed, in as few tensors as can be: each costs a trace in TensorFlow.

    Where each element moves by its own gradient alone, two tensors have all probes in them. Else each has one, the
    vector or the stack of matrices of a probe; of a rule for matrices, each matrix. A norm of all tensors together is
    that of one probe's at a time.
    """
    clip = rule.clip
    around = [] if clip is None else list(_around(clip.limit))
    if isinstance(clip, ClipGlobalNorm) and not of_matrices(rule):
        return Lead(pieces={f"{shape}{i}": (piece,) for i, one in enumerate(around) for shape, piece in one.items()})
    pieces = [_pieces(probe) for probe in HELD] + around
    if of_matrices(rule):
        some = [*pieces[:4], *around] if clip is None else around
        return Lead(pieces={f"matrix{i}_{j}": (piece,) for i, one in enumerate(some) for j, piece in _matrices(one)})
    if elementwise(rule):
        return Lead(pieces={shape: tuple(one[shape] for one in pieces) for shape in ("vector", "stack")})
    first = [] if isinstance(clip, ClipNorm) else pieces[:1]
    both = {f"{shape}{i}": (piece,) for i, one in enumerate([*first, *around]) for shape, piece in one.items()}
    named = {f"{probe.name} {WHOLE[probe.name]}": probe for probe in HELD if probe.name in WHOLE}
    rest = {"_".join(name.split()): (_pieces(probe)[name.split()[-1]],) for name, probe in named.items()}
    return Lead(pieces={**both, **rest})


def _pieces(probe: Probe) -> dict[str, Piece]:
    pairs = zip(("vector", "stack"), probe.starts, probe.gradients, strict=True)
    return {shape: Piece(start=start, gradients=gradients) for shape, start, gradients in pairs}


def _matrices(pieces: dict[str, Piece]) -> Iterator[tuple[int, Piece]]:
    """The matrices of the stack, with their numbers."""
    stack = pieces["stack"]
    for j, start in enumerate(stack.start):
        yield j, Piece(start=start, gradients=stack.gradients[:, j])


def _around(limit: float) -> Iterator[dict[str, Piece]]:
    """Gradients from a hundredth of the limit of a clip to a hundred times it."""
    sizes = np.clip(limit, 1e-100, 1e100) * 10.0 ** (np.arange(STEPS) % 5 - 2)
    for probe in (HELD[0], HELD[-1]):
        scaled = [np.einsum("t,t...->t...", sizes, gradients) for gradients in probe.gradients]
        yield _pieces(replace(probe, gradients=scaled))


def _held() -> Iterator[Probe]:
    """The probes' first steps, with the rule as it is; sizes of gradients where even the smallest step is seen."""
    given = {probe.name: probe for probe in PROBES}
    for name in ("200 steps", "falling gradients", "rare gradients", "from zero"):
        yield replace(given[name], gradients=[g[:STEPS] for g in given[name].gradients])
    zero = replace(given["from zero"], gradients=[g[:STEPS] for g in given["from zero"].gradients])
    for power in SIZES:
        scaled = [10.0**power * g for g in zero.gradients]
        yield replace(zero, name=f"1e{power}", shows="where epsilon stands; what underflows", gradients=scaled)
    late = [g.copy() for g in zero.gradients]
    for g in late:
        g[:3] = 0
    yield replace(zero, name="late", shows="what is divided by while there was no gradient yet", gradients=late)
    vector, stack = (g.copy() for g in zero.gradients)
    vector[:, 0] = stack[:, :, 0] = stack[:, :, :, 1] = 0
    yield replace(zero, name="dead row", shows="a row and a column that never have one", gradients=[vector, stack])


HELD = tuple(_held())
# Beside the first probe, those that show something of a rule that looks at whole tensors, and the tensor that does.
WHOLE: Mapping[str, str] = {
    "rare gradients": "stack",
    "from zero": "vector",
    "1e-3": "vector",
    "1e-9": "stack",
    "1e-22": "vector",
    "1e-85": "stack",
    "1e30": "vector",
    "late": "stack",
    "dead row": "stack",
}
