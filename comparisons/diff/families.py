"""Families that one side's gradients may be of the other's, each with one number: fitted, and held to the rounding."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from comparisons.diff.clips import clipped
from comparisons.diff.kinks import MEANT
from comparisons.diff.seen import ROUND, SLACK, Family, Seen, as_known, explains, fitted, joined
from comparisons.traces.trace import Array

DECAYS: Mapping[str, Callable[[Array], Array]] = {  # what is added to gradients, of the parameters
    "decayed": np.asarray, "decayed by signs": np.sign,
}  # fmt: skip
NEARER = 0.5  # of a difference: a term that leaves less is most of it
FEW = 4  # elements, of all steps together, for each number: of fewer, one that is fitted explains them by chance


def families(seen: Sequence[Seen]) -> list[Family]:
    """The first family that leaves nothing over but rounding, or two that do so together; empty if none does."""
    for found in (clipped(seen), _scaled(seen), _decayed(seen)):
        if found:
            return found
    return _both(seen)


def _meant(one: Seen, c: float) -> bool:
    """Whether a factor may be somebody's: at a single step rounding makes one that is near 1."""
    return len(one.a) > 1 or abs(c - 1) > MEANT


def ratio_of(of: Sequence[Seen]) -> float:
    """What B's gradients are of A's, by least squares."""
    whole = sum(float((one.a * one.a).sum()) for one in of)
    return sum(float((one.a * one.b).sum()) for one in of) / whole if whole else 1.0


def _scaled(seen: Sequence[Seen]) -> list[Family]:
    """B's are c times A's: all of them, or some."""
    felt = [one for one in seen if one.felt]
    c = ratio_of(felt)
    if felt and _meant(felt[0], c) and explains(seen, [c * one.a for one in seen], c):
        a, b = joined(felt)
        _, [within] = fitted(a[:, None], b)
        return [Family(name="scaled", number=as_known(c, float(within)))]
    off = [one for one in felt if not one.same]
    ratios = [ratio_of([one]) for one in off]
    fits = all(
        _meant(one, ratio) and explains([one], [ratio * one.a], ratio) for one, ratio in zip(off, ratios, strict=True)
    )
    if off and len(off) < len(felt) and fits:
        return [
            Family(name="scaled in some tensors", number=c, tensors=names)
            for c, names in grouped(ratios, [one.name for one in off])
        ]
    return []


def grouped(
    numbers: Sequence[float], names: Sequence[str], off: float = ROUND
) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Numbers that are the same but for so much, relative, with the names of each, the most first."""
    left = list(zip(numbers, names, strict=True))
    groups = []
    while left:
        first = left[0][0]
        group = [one for one in left if abs(one[0] - first) <= off * abs(first)]
        groups.append((float(np.median([number for number, _ in group])), tuple(name for _, name in group)))
        left = [one for one in left if one not in group]
    yield from sorted(groups, key=lambda group: -len(group[1]))


def _decayed(seen: Sequence[Seen]) -> list[Family]:
    """B's are A's plus lambda times the parameters, or times their signs, or both, in all tensors or some."""
    terms = [(name,) for name in DECAYS] + [tuple(DECAYS)]
    return next(filter(None, (_offset(seen, names) for names in terms)), [])


def _offset(seen: Sequence[Seen], names: Sequence[str]) -> list[Family]:
    """The lambdas with which these terms are what is left of each tensor in which something is."""
    off = [one for one in seen if (np.linalg.norm(one.b - one.a, axis=1) > SLACK * one.bound).any()]
    if not off:
        return []
    terms = [[DECAYS[name](one.theta) for name in names] for one in off]
    columns = np.concatenate([np.stack(of, axis=-1).reshape(-1, len(names)) for of in terms])
    numbers, within = fitted(columns, np.concatenate([(one.b - one.a).ravel() for one in off]))
    made = [
        one.a + sum(number * term for number, term in zip(numbers, of, strict=True))
        for one, of in zip(off, terms, strict=True)
    ]
    if len(columns) < FEW * len(names) or not columns.any() or not explains(off, made):
        return []
    decayed = [one for one in seen if one in off or _is_nearer(one, names, numbers)]
    some = len(decayed) < sum(one in decayed or _would_show(one, names, numbers) for one in seen)
    tensors = tuple(one.name for one in decayed) if some else ()
    known = map(as_known, map(float, numbers), map(float, within))
    return [Family(name=name, number=number, tensors=tensors) for name, number in zip(names, known, strict=True)]


def _would_show(one: Seen, names: Sequence[str], numbers: Array) -> bool:
    """Whether a tensor's gradients would differ by more than rounding if they had the terms, too."""
    return bool((np.linalg.norm(_added(one, names, numbers), axis=1) > SLACK * one.bound).any())


def _is_nearer(one: Seen, names: Sequence[str], numbers: Array) -> bool:
    """Whether the terms are most of what a tensor's gradients differ by, though that may be rounding."""
    apart = one.b - one.a
    return bool(np.linalg.norm(apart - _added(one, names, numbers)) <= NEARER * np.linalg.norm(apart) > 0)


def _added(one: Seen, names: Sequence[str], numbers: Array) -> Array:
    terms = [number * DECAYS[name](one.theta) for name, number in zip(names, numbers, strict=True)]
    return np.asarray(sum(terms))


def _both(seen: Sequence[Seen]) -> list[Family]:
    """c times A's plus lambda theta, by least squares in both: two causes, if c is not 1 but for what else differs."""
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
        (c, number), within = fitted(np.stack(columns, axis=1), b)
        made = [c * one.a + number * one.theta * (one in decayed) for one in felt]
        if abs(c - 1) > ROUND and explains(felt, made, float(c)):
            names = tuple(one.name for one in decayed) if len(decayed) < len(felt) else ()
            return [
                Family(name="scaled", number=as_known(float(c), float(within[0]))),
                Family(name="decayed", number=as_known(float(number), float(within[1])), tensors=names),
            ]
    return []
