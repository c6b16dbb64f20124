"""Fewer bits on one side: those that its gradients have, or noise of their size without a pattern."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.families import ratio_of
from comparisons.diff.kinks import ELEMENTS, OF_A_LAYER
from comparisons.diff.scaling import Scales
from comparisons.diff.seen import Family, Seen, noise
from comparisons.traces.rounding import BITS, rounded
from comparisons.traces.trace import Array

PRECISIONS = (*BITS, "lower precision")
TF32 = 2.0**-11  # a unit in its last place, and float16's
LEAST = TF32 / 8  # the difference of a gradient that hardly anything of TF32 went into
FACTOR = 0.1  # from 1: a factor that is nearer may come of something else
MARKS = 0.6  # a power of two: half as much again; epsilons and labels smoothed by a tenth make less of gradients
MARKED = 0.2  # of the gradients: what is left over, where a factor still means something
LAST = 16  # units, of the gradient of the last layer: what it gets has been rounded in each layer before it
PATTERN = 0.5  # cosine with the gradient, or the parameters: of what no more than a quarter lies along them


def fewer_bits(seen: Sequence[Seen], scales: Scales | None = None) -> list[Family]:
    """The dtype that one side's gradients have the bits of and the other's not, with a factor if there is one.

    Those of matrices are asked: a normalisation, whose scale and shift are vectors, stays in float32 under autocast.

    Args:
        scales: (m,) each, what the gradients were divided by; None if they are as they were recorded.
    """
    felt = [one for one in seen if one.felt and one.a.size > 8]
    told = [one for one in felt if one.axes > 1] or felt
    for side in ("B", "A"):
        values, others = (_recorded(told, of, scales) for of in ("ba" if side == "B" else "ab"))
        for dtype, bits in BITS.items():
            if values and _have(values, bits) and not _have(others, bits):
                found = Family(name=dtype, number=2.0**-bits, side=side, detail=noise(_factor(seen)[1]))
                return [*_beside_noise(seen, 2.0**-bits), found]
    return []


def _recorded(seen: Sequence[Seen], side: str, scales: Scales | None) -> list[Array]:
    """The gradients of side "a" or "b" as they were before they were divided: another number than a power of two
    leaves nothing of their bits.
    """
    values = [getattr(one, side) for one in seen]
    if scales is None:
        return values
    return [np.asarray(one * scales["ab".index(side)][:, None], np.float32) for one in values]


def made_by(family: Family, seen: Sequence[Seen]) -> bool:
    """Whether a dtype's bits, and a factor, are enough for how far the gradients are apart."""
    evened, unit = _factor(seen)[1], family.number or 0.0
    return noise(evened) <= _most(unit) or _last_by_kinks(evened, unit) is not None


def _most(unit: float) -> float:
    """What rounding by a unit makes of gradients: of a share `unit` of all samples, a ReLU is on at one side only."""
    return float(np.sqrt(unit))


def _last_by_kinks(seen: Sequence[Seen], unit: float) -> float | None:
    """How far the last layer's gradient is apart, of its size, in a deep net in which rounding by a unit has grown.

    That one it is by a few units, as the function is the same; those below by what units at their kinks make of it.
    None if it is not so.
    """
    layers = [one for one in seen if one.axes > 1 and one.felt and one.a.shape[1] >= ELEMENTS]
    if not layers:
        return None
    last = min(noise([one]) for one in layers)
    possible = LEAST <= last <= LAST * unit and noise(seen) <= OF_A_LAYER * np.sqrt(len(layers) * max(last, unit))
    return last if possible else None


def _beside_noise(seen: Sequence[Seen], unit: float) -> list[Family]:
    """A factor beside the noise, where it is more than that."""
    c, left = _factor(seen)
    beside = abs(c - 1) > max(_most(unit), FACTOR)
    return [Family(name="scaled", number=c, detail=noise(left), certain=False)] if beside else []


def beside_mark(seen: Sequence[Seen]) -> list[Family]:
    """A factor beside a cause that is known by a mark, where it is more than the mark may make of the gradients."""
    c, left = _factor(seen)
    far = abs(np.log2(max(c, 1e-300))) > MARKS and noise(left) < MARKED
    return [Family(name="scaled", number=c, detail=noise(left), certain=False)] if far else []


def _factor(seen: Sequence[Seen]) -> tuple[float, list[Seen]]:
    """What B's gradients are of A's, by least squares, and A's times that beside B's."""
    c = ratio_of([one for one in seen if one.felt])
    return c, [replace(one, a=c * one.a) for one in seen]


def _have(values: list[Array], bits: int) -> bool:
    """Whether nearly all of the tensors' elements that are not 0 have so many bits at most."""
    shares = [float(np.mean(rounded(one[one != 0], bits) == one[one != 0])) for one in values if one.any()]
    return bool(shares) and float(np.mean(np.array(shares) > 0.99)) >= 0.5


def patternless(seen: Sequence[Seen]) -> list[Family]:
    """Noise of the size of a lower precision: in most tensors, from the first step on, along nothing that is known."""
    factor = _beside_noise(seen, TF32)
    felt = [one for one in (_factor(seen)[1] if factor else seen) if one.felt]
    size = noise(felt)
    off = [bool(np.linalg.norm(one.b[0] - one.a[0]) > one.bound[0]) for one in felt]
    if not felt or np.mean(off) <= 0.5 or size <= LEAST:
        return []
    last = None if size < _most(TF32) else _last_by_kinks(felt, TF32)
    if size >= _most(TF32) and last is None:
        return []
    difference, gradient, theta = (
        np.concatenate([values.ravel() for values in tensors])
        for tensors in zip(*((one.b - one.a, one.a, one.theta) for one in felt), strict=True)
    )
    if max(abs(_cosine(difference, gradient)), abs(_cosine(difference, theta))) > PATTERN:
        return []
    return [*factor, Family(name="lower precision", number=size, detail=last, certain=False)]


def _cosine(a: Array, b: Array) -> float:
    return float(a @ b / ((np.linalg.norm(a) * np.linalg.norm(b)) or 1.0))
