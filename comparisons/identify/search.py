"""Which hypotheses make the recorded steps: a quick look at all, and a close one at those that are left."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from comparisons.identify.evidence import Evidence, Piece, chosen, evidence_of, flat, part_of
from comparisons.identify.fitting import Fit, fit, residuals, starts
from comparisons.identify.holding import ARITHMETICS, Arithmetic, Holding, hold, in_float32, made_and_allowed
from comparisons.identify.hypotheses import Hypothesis, likely, told_apart, with_one_less
from comparisons.identify.numbers import FRACTIONS, TYPICAL, bounds_of, to_scale, written
from comparisons.identify.ranges import ranges_of
from comparisons.identify.settling import Range, Settled, Usual, above_zero, number, numbers_at, settled_by
from comparisons.rules import Adafactor, Lamb, Lion, Muon, Rule
from comparisons.tasks.streams import Array

FIRST_STEPS, FIRST_ELEMENTS = 12, 36  # of the quick look
QUICK = 12  # iterations of it
PROMISING = 1e4  # the mean squared residual, in roundings, of what may be worth a closer look
HOPELESS = 20.0  # of what rounding may make: no other numbers mend that
WELL = 0.6  # of what rounding may make: no need to ask whether a framework computes in another way
LED_AWAY = 1e-5  # relative: by so much at most a fit makes up for 1 - beta^t in float32, of which 7e-6 is lost
POWERS = tuple(10.0**power for power in range(-8, -1))  # epsilons that a fit is tried with again
AGAIN, WORST = 2, 24  # so many times so many elements are chosen that a fit misses most
IN_NAME = 100  # ulps, by which a family's limit may miss, and the script's rule; a rule's own rounding is a few
TOLD = 2  # times: as near the distance of a fraction from 1 is known, where it is felt
COMMON = (0, 1)  # how far off the beaten track lies what is looked for first: see `likely`
RARE = 2  # and what is said beside a rule, or looked for where nothing else holds
WHOLE = (Lamb, Adafactor, Muon)  # rules of whole tensors


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A hypothesis with numbers, held to all steps.

    Args:
        evidence: the chosen elements, as the framework's arithmetic has them.
    """

    settled: Settled
    holding: Holding
    evidence: Evidence
    cost: float

    @property
    def rule(self) -> Rule:
        """With its numbers."""
        return self.settled.rule

    @property
    def hypothesis(self) -> Hypothesis:
        """What was fitted."""
        return self.settled.hypothesis

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """Of each number, between which values the steps cannot tell."""
        return ranges_of(self.settled, self.evidence)

    @property
    def limit(self) -> bool:
        """Whether a number may be as large as any: so RMSprop with a huge epsilon is there in name only."""
        tops = bounds_of(self.hypothesis.free)[:, 1]
        names = zip(self.hypothesis.free, tops, strict=True)
        return any(self.ranges[name][1] >= number(name, top) * (1 - 1e-9) for name, top in names)

    @property
    def hardly_known(self) -> bool:
        """Whether of a fraction near 1, as of rho, not even the size of what it leaves is known."""
        ends = [self.ranges[name] for name in self.hypothesis.free if name in FRACTIONS]
        return any(1 - low > TOLD * (1 - high) for low, high in ends)


@dataclass(frozen=True, kw_only=True, eq=False)
class Steps:
    """What is searched: all elements of some tensors, those chosen of them, and the first steps of fewer."""

    all: Evidence
    some: Evidence
    first: Evidence


def steps_of(pieces: Sequence[Piece], shape: Array | None) -> Steps:
    """All elements of the pieces, for rules that step each by itself."""
    all_ = evidence_of([flat(pieces)], shape)
    some = all_.of([chosen(all_.pieces[0])])
    return Steps(all=all_, some=some, first=first_of(all_.of([chosen(all_.pieces[0], FIRST_ELEMENTS)])))


def first_of(evidence: Evidence) -> Evidence:
    """Its first steps."""
    pieces = tuple(part_of(one, 0, FIRST_STEPS) for one in evidence.pieces)
    return replace(evidence.of(pieces), shape=evidence.shape[:FIRST_STEPS], slack=evidence.slack[:FIRST_STEPS])


def search(
    steps: Steps, usual: dict[type[Rule], Usual], all_: Sequence[Hypothesis], levels: Sequence[int] = COMMON
) -> list[Candidate]:
    """What of all was looked at closely, the best first: what holds before what does not.

    Args:
        levels: how far off the beaten track the rules lie that are looked at, one after the other; see `likely`.
    """
    found, fits = list[Candidate](), dict[Hypothesis, Fit]()
    for level in levels:
        near = {type(one.rule) for one in found if one.holding.holds and not one.limit}
        tried = [one for one in all_ if likely(one) == level]
        if near:
            tried = [one for one in tried if type(one.rule) in near]
        for one in sorted(promising(tried, steps, fits), key=lambda one: len(one.hypothesis.free)):
            if not any(held.holding.holds and held.hypothesis.within(one.hypothesis) for held in found):
                found.append(judge(one, steps, usual.get(type(one.hypothesis.rule), {})))
    left = [one for one in found if one.holding.holds]
    while left:
        known = left.pop(0)
        holding = {one.hypothesis for one in found if one.holding.holds}
        more = [
            *_without(known, holding, steps, usual.get(type(known.rule), {})),
            *_otherwise(known, holding, steps, usual.get(type(known.rule), {})),
        ]
        found += more
        left += more
    return sorted(found, key=_order)


def _without(one: Candidate, known: Set[Hypothesis], steps: Steps, usual: Usual) -> Iterator[Candidate]:
    """What holds with a number less, from where the one is: by itself a fit may not have come there."""
    free = one.hypothesis.free
    for less in with_one_less(one.hypothesis):
        if less not in known:
            start = one.settled.x[[free.index(name) for name in less.free]]
            tried = judge(fit(less, steps.some, start[None].copy()), steps, usual)
            if tried.holding.holds:
                yield tried


def _otherwise(one: Candidate, known: Set[Hypothesis], steps: Steps, usual: Usual) -> Iterator[Candidate]:
    """What holds with a switch the other way, from where the one is."""
    alike = [held for held in known if set(held.free) < set(one.hypothesis.free)]
    for other in told_apart(type(one.rule), steps.all.shape):
        if set(other.free) != set(one.hypothesis.free) or other in known or likely(other) > RARE:
            continue
        if any(held.within(other) for held in alike):
            continue
        start = one.settled.x[[one.hypothesis.free.index(name) for name in other.free]]
        with np.errstate(all="ignore"):
            near = np.square(residuals(other, steps.some, start[None])).mean() < PROMISING
        if near:
            tried = judge(fit(other, steps.some, start[None].copy()), steps, usual)
            if tried.holding.holds:
                yield tried


def _order(one: Candidate) -> tuple[bool, int, int, float]:
    return (
        not one.holding.holds,
        len(one.hypothesis.free),
        likely(one.hypothesis),
        one.cost if one.holding.holds else one.holding.share,
    )


def promising(tried: Sequence[Hypothesis], steps: Steps, fits: dict[Hypothesis, Fit]) -> list[Fit]:
    """The fits to the chosen elements of those that fit the first steps roughly; or of the nearest few.

    Args:
        fits: to the first steps, as far as there are some; those that are made are put there.
    """
    for one in sorted(tried, key=lambda one: len(one.free)):
        fits[one] = quick_fit(one, steps.first, [fits[less] for less in with_one_less(one) if less in fits])
    quick = sorted((fits[one] for one in tried if np.isfinite(fits[one].cost)), key=lambda one: one.cost)
    near = [one for one in quick if one.cost < PROMISING] or quick[:2]
    return [fit(one.hypothesis, steps.some, _from(one, steps.some)) for one in near]


def _from(one: Fit, some: Evidence) -> Array:
    """(starts, numbers): where it was; of a rule that steps by a sign, which has no slope, where all steps say, too."""
    x = one.x[None].copy()
    return np.concatenate([x, starts(one.hypothesis, some)]) if isinstance(one.hypothesis.rule, Lion) else x


def quick_fit(one: Hypothesis, first: Evidence, less: Sequence[Fit]) -> Fit:
    """The fit to the first steps; also from where the nearest of those is that have a number less."""
    xs = starts(one, first)
    if less:
        near = min(less, key=lambda known: known.cost)
        known = dict(zip(near.hypothesis.free, near.x, strict=True))
        more = [known.get(name, float(to_scale(name, TYPICAL[name][0]))) for name in one.free]
        xs = np.concatenate([xs, np.array([more])])
    return fit(one, first, xs, QUICK, enough=PROMISING / 10)


def judge(best: Fit, steps: Steps, usual: Usual) -> Candidate:
    """The fit with people's numbers, held to all steps, as float64 has them or as float32 does.

    A family's limit that misses by many ulps does not hold: of 1 - rho = 1e-5 float32 has three digits, and what that
    allows lets RMSprop be whatever is near to Adagrad.
    """
    found = _to_all(best, steps, usual)
    if found.holding.holds and found.holding.ulp > IN_NAME and (found.limit or found.hardly_known):
        return replace(found, holding=replace(found.holding, share=np.inf, step=0))
    return found


def _to_all(best: Fit, steps: Steps, usual: Usual) -> Candidate:
    """Where the fit holds for the chosen elements and not for all, those that it misses most are chosen too."""
    rule = best.hypothesis.at(numbers_at(best.hypothesis, best.x))
    there = in_float32(rule, steps.some) or steps.some  # which is farther from float64 than powers alone are
    if min(hold(rule, one).share for one in (steps.some, there)) > HOPELESS:
        settled = Settled(hypothesis=best.hypothesis, x=best.x)
        return Candidate(settled=settled, holding=hold(rule, steps.all), evidence=steps.some, cost=best.cost)
    found = _held(best, steps, usual)
    for _ in range(AGAIN):
        far = found.holding.holds or steps.all.pieces[0].before.ndim > 2
        if far or hold(found.rule, found.evidence).share > 1:
            break
        steps = replace(steps, some=_with_worst(found.rule, steps))
        # from the fit too: a number that was settled where hardly anything is felt of it has no way back
        best = fit(best.hypothesis, steps.some, np.concatenate([found.settled.x[None], _from(best, steps.some)]))
        found = _held(best, steps, usual)
    if found.holding.holds or found.holding.share > HOPELESS or "epsilon" not in best.hypothesis.free:
        return found
    again = _held(fit(best.hypothesis, steps.some, _with_epsilons(best, usual)), steps, usual)
    return again if again.holding.holds else found


def _with_epsilons(best: Fit, usual: Usual) -> Array:
    """(starts, numbers): a fit whose epsilon has slid to where nothing is felt of it does not come back by itself."""
    values = tuple(dict.fromkeys((*usual.get("epsilon", ()), *POWERS)))
    xs = np.repeat(best.x[None], len(values), axis=0)
    xs[:, best.hypothesis.free.index("epsilon")] = to_scale("epsilon", np.array(values))
    return xs


def _with_worst(rule: Rule, steps: Steps) -> Evidence:
    """The chosen elements with those that the rule misses most, in the arithmetic in which it misses least."""
    [piece], [known] = steps.all.pieces, steps.some.pieces
    views = [steps.all, *filter(None, (arithmetic(rule, steps.all) for arithmetic in ARITHMETICS))]
    made, allowed = made_and_allowed(rule, piece, min(views, key=lambda one: hold(rule, one).share))
    shares = np.nan_to_num(np.abs(made - piece.after) / allowed, nan=np.inf).max(axis=0)
    worst = np.argsort(-shares, kind="stable")[:WORST]
    parts = [
        np.concatenate([getattr(known, name), getattr(piece, name)[:, worst]], axis=1)
        for name in ("before", "after", "gradients")
    ]
    return steps.some.of([Piece(before=parts[0], after=parts[1], gradients=parts[2], momenta=known.momenta)])


def _held(best: Fit, steps: Steps, usual: Usual) -> Candidate:
    found = _in_arithmetics(best, steps, usual)
    return found if not found.holding.holds or _short(found.settled) else snapped(found, steps)


def _in_arithmetics(best: Fit, steps: Steps, usual: Usual) -> Candidate:
    found = _judged(best, steps.some, steps.all, usual)
    for arithmetic in ARITHMETICS:
        short = _short(found.settled)
        there = arithmetic(found.rule, steps.some)
        if (found.holding.share <= WELL and short) or best.cost > PROMISING or there is None:
            return found
        again = _judged(fit(best.hypothesis, there, best.x[None].copy(), 8), there, steps.all, usual, arithmetic)
        better = again.holding.share < found.holding.share * (0.5 if found.holding.holds else 1.0)
        typed = again.holding.holds and _short(again.settled) and not short
        found = again if better or typed else found
    return found


def snapped(found: Candidate, steps: Steps) -> Candidate:
    """With short numbers in the place of those that float32 led away from them, where that holds for a framework."""
    if not found.evidence.held:
        return found
    x = found.settled.x.copy()
    for i, (name, value) in enumerate(numbers_at(found.hypothesis, x).items()):
        low, high = sorted((value * (1 - LED_AWAY), value * (1 + LED_AWAY)))
        near = written(name, low, high)
        if near is not None and written(name, value, value) is None:
            x[i] = to_scale(name, near)
    settled = replace(found.settled, x=x)
    for arithmetic in ARITHMETICS:
        all_, some = arithmetic(settled.rule, steps.all), arithmetic(settled.rule, steps.some)
        if all_ is not None and some is not None and (holding := hold(settled.rule, all_)).holds:
            return replace(found, settled=settled, holding=holding, evidence=some)
    return found


def _short(settled: Settled) -> bool:
    """Whether all numbers are such as people write: a rate of 0.00100000638 is 0.001, and 1 - beta^t in float32."""
    numbers = numbers_at(settled.hypothesis, settled.x)
    return all(written(name, value, value) is not None for name, value in numbers.items())


def _judged(best: Fit, some: Evidence, all_: Evidence, usual: Usual, arithmetic: Arithmetic | None = None) -> Candidate:
    settled, some = settled_by(best, some, usual, sharp=arithmetic is None)
    settled = above_zero(settled, best, all_)
    if arithmetic is not None:
        all_ = arithmetic(settled.rule, all_) or all_
    return Candidate(settled=settled, holding=hold(settled.rule, all_), evidence=some, cost=best.cost)
