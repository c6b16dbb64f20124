"""The candidates for some tensors: which families are searched, in which order, and on what."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.identify.calls import usual
from comparisons.identify.evidence import Piece, evidence_of
from comparisons.identify.holding import hold, in_float32
from comparisons.identify.hypotheses import FAMILIES, hypotheses, lazy, likely, told_apart, without_epsilon
from comparisons.identify.numbers import from_scale, to_scale, written
from comparisons.identify.onset import as_adafactor, as_lamb, by_elements
from comparisons.identify.search import RARE, WHOLE, Candidate, Steps, first_of, search, steps_of
from comparisons.identify.settling import Settled
from comparisons.rules import SGD, Adafactor, Adam, Ftrl, Lamb, Muon, RAdam, Rule
from comparisons.tasks.streams import Array

STEADY = 0.3  # how much the lengths of a tensor's steps may differ where a rule sets their length
UNSTEADY = 1.0  # and by how much no steps of Muon do, unless its rate does
ASTRAY = 0.02  # how far a fit of RAdam goes astray where float32 has its root, on the scales of its numbers: 5e-3 seen
ELEMENTS, TENSORS = 20_000, 2  # of what is looked at as whole tensors, at most


def candidates(pieces: Sequence[Piece], shape: Array | None, whole: bool) -> list[Candidate]:
    """What was looked at closely, the best first.

    Args:
        pieces: the tensors. shape: how the learning rate goes, if that is known.
        whole: whether all elements of them are there, without which rules of whole tensors cannot be told.
    """
    first = [family for family in steady(pieces) if _may_be(family, pieces)] if whole else []
    never = [Muon] if shape is None and not _may_be_muon(pieces) else []
    found = _searched(first, pieces, shape)
    if not any(one.holding.holds for one in found):
        found += _by_elements(pieces, shape) if by_elements(pieces) else _nearest_by_elements(pieces, shape)
    if whole and not any(one.holding.holds for one in found):
        left = [family for family in WHOLE if family not in (*first, *never) and _may_be(family, pieces)]
        found += _searched(left, pieces, shape)
    return sorted(found, key=lambda one: not one.holding.holds)


def _may_be(family: type[Rule], pieces: Sequence[Piece]) -> bool:
    """Whether the first step may be that of a rule of whole tensors."""
    return {Lamb: as_lamb, Adafactor: as_adafactor}.get(family, bool)(pieces)


def _by_elements(pieces: Sequence[Piece], shape: Array | None) -> list[Candidate]:
    """Of all rules that step each element by itself; without an epsilon, too, where nothing holds with one."""
    steps, numbers = steps_of(pieces, shape), {family: usual(family) for family in FAMILIES}
    tried = [one for family in _elementwise() for one in told_apart(family, steps.all.shape)]
    tried += lazy() if rests(pieces) else ()
    found = search(steps, numbers, tried)
    found += _rectified_in_float32(found, steps)
    if not any(one.holding.holds for one in found):
        found += search(steps, numbers, without_epsilon())
    return found


def rare(pieces: Sequence[Piece], shape: Array | None) -> list[Candidate]:
    """What holds of the rules that hardly anybody has, of those that step each element by itself."""
    if not by_elements(pieces):
        return []
    steps, numbers = steps_of(pieces, shape), {family: usual(family) for family in FAMILIES}
    tried = [one for family in _elementwise() for one in told_apart(family, steps.all.shape)]
    return [one for one in search(steps, numbers, tried, (RARE,)) if one.holding.holds]


def _nearest_by_elements(pieces: Sequence[Piece], shape: Array | None) -> list[Candidate]:
    """Where the first step is none of these but Ftrl's: of that, and what is nearest of the most common."""
    steps, numbers = steps_of(pieces, shape), {family: usual(family) for family in FAMILIES}
    tried = [
        *told_apart(Ftrl, steps.all.shape),
        *hypotheses(SGD),
        *(one for one in hypotheses(Adam) if not likely(one)),
    ]
    return search(steps, numbers, tried)


def _rectified_in_float32(found: Sequence[Candidate], steps: Steps) -> Iterator[Candidate]:
    """RAdam in JAX, where it is the nearest: its fits go astray, or find little, by what float32 makes of its root.

    So it is tried with the numbers as people write them that the nearest is near to, and the epsilons of signatures.
    """
    nearest = min(found, key=lambda one: one.holding.share, default=None)
    if nearest is None or not isinstance(nearest.rule, RAdam) or hold(nearest.rule, steps.all).holds:
        return
    held = [one.rule for one in found if one.holding.holds]
    known = {name: _as_people_write(name, getattr(nearest.rule, name)) for name in nearest.hypothesis.free}
    for one in told_apart(RAdam, steps.all.shape):
        for epsilon in (*usual(RAdam)["epsilon"], known["epsilon"]) if set(one.free) <= set(known) else ():
            numbers = {name: known[name] for name in one.free} | {"epsilon": epsilon}
            rule = one.at(numbers)
            there, some = in_float32(rule, steps.all), in_float32(rule, steps.some)
            if rule in held or there is None or some is None:
                continue
            if (holding := hold(rule, there)).holds:
                x = np.array([float(to_scale(name, value)) for name, value in numbers.items()])
                yield Candidate(settled=Settled(hypothesis=one, x=x), holding=holding, evidence=some, cost=0.0)


def _as_people_write(name: str, value: float) -> float:
    x = to_scale(name, value)
    low, high = (float(from_scale(name, x + off)) for off in (-ASTRAY, ASTRAY))
    return written(name, low, high, usual(RAdam).get(name, ())) or value


def _elementwise() -> list[type[Rule]]:
    return [family for family in FAMILIES if family not in WHOLE]


def _searched(families: Sequence[type[Rule]], pieces: Sequence[Piece], shape: Array | None) -> list[Candidate]:
    found = list[Candidate]()
    for family in families:
        led = [piece for piece in pieces if piece.before.ndim > 2 or family is not Muon]
        if family is Muon and len(led) < len(pieces):
            continue
        all_ = evidence_of(led, shape)
        small = [piece for piece in led if piece.before[0].size <= ELEMENTS] or led
        some = all_.of(sorted(small, key=lambda piece: -piece.before[0].size)[:TENSORS])
        steps = Steps(all=all_, some=some, first=first_of(some.of(some.pieces[:1])))
        found += search(steps, {family: usual(family)}, told_apart(family, steps.all.shape))
        if any(one.holding.holds for one in found):
            break
    return found


def rests(pieces: Sequence[Piece]) -> bool:
    """Whether elements that have moved stay where they are whenever their gradient is 0, and some do.

    A lazy rule does so, and one that remembers no direction.
    """
    some = False
    for piece in pieces:
        moved = piece.after != piece.before
        idle = np.logical_or.accumulate(moved, axis=0) & (piece.gradients == 0)
        if (moved & idle).any():
            return False
        some |= bool(idle[1:].any())
    return some


def steady(pieces: Sequence[Piece]) -> list[type[Rule]]:
    """The families that set the length of a step, if these are of one length: each by itself, or as their tensor is."""
    against: list[Array] = []
    plain: list[Array] = []
    for piece in pieces:
        axes = tuple(range(1, piece.before.ndim))
        step = np.sqrt(np.square(piece.after.astype(float) - piece.before).sum(axis=axes))
        size = np.sqrt(np.square(piece.before.astype(float)).sum(axis=axes))
        against.append((step / np.where(size > 0, size, np.nan))[1:])
        plain.append(step)
    found: list[type[Rule]] = []
    with np.errstate(all="ignore"):
        if _spread(np.concatenate(against)) < STEADY:
            found.append(Lamb)
        if all(piece.before.ndim > 2 for piece in pieces) and all(_spread(one) < STEADY for one in plain):
            found.append(Muon)
    return found


def _may_be_muon(pieces: Sequence[Piece]) -> bool:
    """Whether no tensor's steps differ much in length: those of Muon do not."""
    lengths = [
        np.square(one.after.astype(float) - one.before).reshape(len(one.before), -1).sum(axis=1) for one in pieces
    ]
    return all(_spread(np.sqrt(one)) < UNSTEADY for one in lengths)


def _spread(lengths: Array) -> float:
    some = lengths[np.isfinite(lengths)]
    if not len(some) or not some.all():
        return np.inf
    low, middle, high = np.quantile(some, (0.1, 0.5, 0.9))
    return float((high - low) / middle)
