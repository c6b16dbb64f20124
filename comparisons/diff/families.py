"""Families that one side's gradients may be of the other's, each with one number: fitted, and held to the rounding."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.clips import clipped
from comparisons.diff.seen import ROUND, SLACK, Family, Seen, explains
from comparisons.traces.trace import Array


def families(seen: Sequence[Seen]) -> list[Family]:
    """The first family that leaves nothing over but rounding, or two that do so together; empty if none does."""
    for found in (clipped(seen), _scaled(seen), _decayed(seen)):
        if found:
            return found
    return _both(seen)


def ratio_of(of: Sequence[Seen]) -> float:
    """What B's gradients are of A's, by least squares."""
    whole = sum(float((one.a * one.a).sum()) for one in of)
    return sum(float((one.a * one.b).sum()) for one in of) / whole if whole else 1.0


def _scaled(seen: Sequence[Seen]) -> list[Family]:
    """B's are c times A's: all of them, or some."""
    felt = [one for one in seen if one.felt]
    c = ratio_of(felt)
    if felt and explains(seen, [c * one.a for one in seen], c):
        return [Family(name="scaled", number=c)]
    off = [one for one in felt if not one.same]
    ratios = [ratio_of([one]) for one in off]
    fits = all(explains([one], [ratio * one.a], ratio) for one, ratio in zip(off, ratios, strict=True))
    if off and len(off) < len(felt) and fits:
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
    """B's are A's plus lambda times the parameters, or times their signs, in all tensors or some."""
    shapes = {"decayed": [one.theta for one in seen], "decayed by signs": [np.sign(one.theta) for one in seen]}
    found = (_offset(name, list(zip(seen, shape, strict=True))) for name, shape in shapes.items())
    return next(([one] for one in found if one is not None), [])


def _offset(name: str, shaped: Sequence[tuple[Seen, Array]]) -> Family | None:
    """The lambda with which lambda times a shape is what is left of each tensor in which something is."""
    off = [(one, of) for one, of in shaped if (np.linalg.norm(one.b - one.a, axis=1) > SLACK * one.bound).any()]
    whole = sum(float((of * of).sum()) for _, of in off)
    if not off or not whole:
        return None
    number = sum(float(((one.b - one.a) * of).sum()) for one, of in off) / whole
    if not explains([one for one, _ in off], [one.a + number * of for one, of in off]):
        return None
    some = len(off) < sum(bool(of.any()) for _, of in shaped)
    return Family(name=name, number=number, tensors=tuple(one.name for one, _ in off) if some else ())


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
        if explains(felt, [c * one.a + number * one.theta * (one in decayed) for one in felt], float(c)):
            names = tuple(one.name for one in decayed) if len(decayed) < len(felt) else ()
            return [
                Family(name="scaled", number=float(c)),
                Family(name="decayed", number=float(number), tensors=names),
            ]
    return []
