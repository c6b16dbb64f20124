"""Families that one side's gradients may be of the other's, each with one number: fitted, and held to the rounding."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.clips import clipped
from comparisons.diff.seen import ROUND, SLACK, Family, Seen, noise
from comparisons.diff.start import rounded
from comparisons.traces.trace import Array


def families(seen: Sequence[Seen]) -> list[Family]:
    """The first family that leaves nothing over but rounding, or two that do so together; empty if none does."""
    for found in (clipped(seen), _scaled(seen), _decayed(seen)):
        if found:
            return found
    return _both(seen)


def _ratio(of: Sequence[Seen]) -> float:
    whole = sum(float((one.a * one.a).sum()) for one in of)
    return sum(float((one.a * one.b).sum()) for one in of) / whole if whole else 1.0


def _scaled(seen: Sequence[Seen]) -> list[Family]:
    """B's are c times A's: all of them, or some."""
    felt = [one for one in seen if one.felt]
    c = _ratio(felt)
    if felt and all(one.fits(c * one.a) for one in seen):
        return [Family(name="scaled", number=c)]
    off = [one for one in felt if not one.same]
    ratios = [_ratio([one]) for one in off]
    if off and len(off) < len(felt) and all(one.fits(r * one.a) for one, r in zip(off, ratios, strict=True)):
        return [
            Family(name="scaled in some tensors", number=c, tensors=names)
            for c, names in _grouped(ratios, [one.name for one in off])
        ]
    return []


def _grouped(numbers: Sequence[float], names: Sequence[str]) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Numbers that are the same but for ROUND, with the names of each, the most first."""
    left = list(zip(numbers, names, strict=True))
    groups = []
    while left:
        first = left[0][0]
        group = [one for one in left if abs(one[0] - first) <= ROUND * abs(first)]
        groups.append((float(np.median([number for number, _ in group])), tuple(name for _, name in group)))
        left = [one for one in left if one not in group]
    yield from sorted(groups, key=lambda group: -len(group[1]))


def _decayed(seen: Sequence[Seen]) -> list[Family]:
    """B's are A's plus lambda times the parameters, in all tensors or some."""
    found = _offset([(one, one.b - one.a) for one in seen], seen)
    return [found] if found else []


def _offset(left: list[tuple[Seen, Array]], seen: Sequence[Seen]) -> Family | None:
    """The lambda with which lambda theta is what is left of each tensor in which something is."""
    off = [(one, rest) for one, rest in left if (np.linalg.norm(rest, axis=1) > SLACK * one.bound).any()]
    whole = sum(float((one.theta * one.theta).sum()) for one, _ in off)
    if not off or not whole:
        return None
    number = sum(float((rest * one.theta).sum()) for one, rest in off) / whole
    if not all(one.fits(one.b - rest + number * one.theta) for one, rest in off):
        return None
    some = len(off) < sum(bool(one.theta.any()) for one in seen)
    return Family(name="decayed", number=number, tensors=tuple(one.name for one, _ in off) if some else ())


def _both(seen: Sequence[Seen]) -> list[Family]:
    """c times A's plus lambda theta, by least squares in both: two causes."""
    felt = [one for one in seen if one.felt]
    if not felt:
        return []
    with_theta = [one for one in felt if one.theta.any()]
    for decayed in (with_theta, [one for one in with_theta if one.theta.std() > 0 and len(np.unique(one.theta)) > 2]):
        columns = [
            np.concatenate([one.a.ravel() for one in felt]),
            np.concatenate([(one.theta * (one in decayed)).ravel() for one in felt]),
        ]
        b = np.concatenate([one.b.ravel() for one in felt])
        (c, number), *_ = np.linalg.lstsq(np.stack(columns, axis=1), b)
        if all(one.fits(c * one.a + number * one.theta * (one in decayed)) for one in felt):
            names = tuple(one.name for one in decayed) if len(decayed) < len(felt) else ()
            return [
                Family(name="scaled", number=float(c)),
                Family(name="decayed", number=float(number), tensors=names),
            ]
    return []


def lower_precision(seen: Sequence[Seen]) -> list[Family]:
    """One side's have fewer bits than the other's, or noise of their size without any pattern."""
    for side in ("B", "A"):
        values = [one.b if side == "B" else one.a for one in seen if one.felt and one.a.size > 8]
        others = [one.a if side == "B" else one.b for one in seen if one.felt and one.a.size > 8]
        for bits, dtype in ((8, "bfloat16"), (11, "float16")):
            if values and _have(values, bits) and not _have(others, bits):
                return [Family(name=dtype, number=2.0**-bits, side=side, detail=noise(seen))]
    size, structure = noise(seen), abs(_ratio([one for one in seen if one.felt]) - 1)
    if 2.0**-14 < size < 2.0**-6 and structure < size:
        return [Family(name="lower precision", number=size)]
    return []


def _have(values: list[Array], bits: int) -> bool:
    """Whether nearly all of the tensors' elements that are not 0 have so many bits at most."""
    shares = [float(np.mean(rounded(one[one != 0], bits) == one[one != 0])) for one in values if one.any()]
    return bool(shares) and float(np.mean(np.array(shares) > 0.99)) >= 0.5
