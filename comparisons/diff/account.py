"""The account: how much of the drift in the parameters each difference makes, by replay."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from comparisons.analysis.shapley import shapley
from comparisons.diff.apart import apart_in, nearest, side_by_side
from comparisons.diff.both import TOGETHER, Both
from comparisons.diff.data import DATA
from comparisons.diff.families import DECAYS as TERMS
from comparisons.diff.fields import called
from comparisons.diff.marks import GRADIENT, LOSS
from comparisons.diff.moves import UPDATE
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.diff.rules import Rules
from comparisons.diff.start import START
from comparisons.diff.trained import NAMES
from comparisons.diff.used import USED, clip_of_both
from comparisons.identify.evidence import course
from comparisons.names import BadInput, listed
from comparisons.rules import Rule, elementwise
from comparisons.rules.schedules import rate_at
from comparisons.traces.trace import Array
from comparisons.training.implementations import led

REST, TREATMENT, RULE = "gradients", "what is done to the gradient", "update rule"
ROUNDING = "rounding"
MOVING = (START, DATA, LOSS, GRADIENT, USED, UPDATE)  # the rungs of what moves the parameters apart
LEAST = 1e-30  # in the place of an epsilon of 0 that was found: with no gradient it divides 0 by 0
REPLAYED = 0.01  # of the drift: a replay that misses a side's own end by more says nothing of it
SCALES = ("sum against mean", "classes", "logarithm", "loss scaling", "scaled", "scaled in some tensors")
DECAYS = {"L2": TERMS["decayed"], "L1": TERMS["decayed by signs"]}  # what a cause puts into the gradient
FIELDS = 4  # of the rules: with more, each would hardly be a mistake of its own, and all are one difference


def account(both: Both, rules: Rules, causes: Sequence[Cause]) -> tuple[dict[str, float], str]:
    """Cause to its share of the drift, and what is left over as "rounding"; or none, and why.

    What the parameters become is computed from A's start, gradients and rule, with one difference after the other
    taken from B, in all orders: a share is a Shapley value along the drift that was recorded. A replay goes through
    recorded gradients, so that those which differ because the parameters already do have a share of their own.
    """
    count = both.run
    if both.steps[0] != 0 or any(trace.steps[0] != 0 for trace in both.traces):
        return {}, "No account: the recorded steps do not begin at the first update."
    if any(pair.a.led_by is None or pair.b.led_by is None for pair in both.pairs):
        return {}, "No account: not all gradients were recorded."
    known = {pair.name for pair in both.pairs}
    beyond = [one for one in causes if one.rung in (NAMES, *MOVING) and one.tensors and not known & set(one.tensors)]
    causes = [one for one in causes if one not in beyond]
    if beyond and not any(one.rung in (NAMES, *MOVING) for one in causes):
        where = listed(list(dict.fromkeys(name for one in beyond for name in one.tensors)))
        return {}, f"No account: what differs is in {where}, which cannot be replayed; all else drifts because of it."
    for i, side in enumerate("AB"):
        found = [rules.of(i, pair.other if i else pair.name) for pair in both.pairs]
        slipped = rules.slip(i) is not None
        if slipped or not all(one is not None and elementwise(one.rule) for one in found):
            return {}, f"No account: {side}'s steps follow no rule of ours that could be replayed."
    mended = next(
        (one for one in causes if one.rung in (LOSS, GRADIENT) and one.cause in (*SCALES, *DECAYS) and one.number), None
    )
    clip = clip_of_both(both) if mended is None or (mended.cause in SCALES and not mended.tensors) else None
    given = Given(mended=mended) if clip is None else Given(mended=mended, clip=clip, norms=both.gradient_norms)
    shares, why = _shares(both, _ruled(both, rules), given, count)
    return _named(shares, causes, mended), why


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is known of the gradients.

    Args:
        mended: the cause that is taken out of them or put in; None without one.
        clip: the norm of all to which both optimizers get them clipped; None where it is not so.
        norms: (steps,) of all raw gradients together, A's and B's; () without a clip.
    """

    mended: Cause | None = None
    clip: float | None = None
    norms: tuple[Array, ...] = ()

    def clipped(self, side: int, times: int) -> Array:
        """(steps, 1): by what a side's gradients are multiplied, with the cause planted so many times."""
        number = 1.0 if self.mended is None else self.mended.number or 1.0
        norms = np.maximum(self.norms[side] * abs(number) ** times, 1e-300)
        return np.asarray(np.minimum(1, (self.clip or np.inf) / norms)[:, None])


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How the numbers of a rule go by step, where a schedule of no name sets them.

    Args:
        rates: of each step; None where they are the rule's own. momenta: of what the momentum is in the rule, how much
            it is in each step; None where it stays.
    """

    rates: tuple[float, ...] | None = None
    momenta: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """The rules of a tensor's updates: A's, B's, and the fields in which they differ, if those can be taken alone.

    Args:
        paces: A's and B's; where one is of no name, all differences are one.
    """

    a: Rule
    b: Rule
    fields: tuple[str, ...]
    paces: tuple[Pace, Pace] = (Pace(), Pace())

    @property
    def differ(self) -> bool:
        """Whether the rules do, or how their numbers go."""
        return self.a != self.b or self.paces[0] != self.paces[1]

    def taken(self, on: Collection[str]) -> tuple[Rule, Pace]:
        """A's rule with what is on taken from B, and how its numbers go."""
        if RULE in on:
            return self.b, self.paces[1]
        chosen = {field: getattr(self.b, field) for field in self.fields if called(field) in on}
        return replace(self.a, **chosen), self.paces[0]


def _ruled(both: Both, rules: Rules) -> dict[str, Ruled]:
    """Of each tensor, by A's names. Fields are taken alone where all rules differ in few, in one family."""
    found = {pair.name: (rules.of(0, pair.name), rules.of(1, pair.other)) for pair in both.pairs}
    paces = (_pace(both, rules, 0), _pace(both, rules, 1))
    near = {name: nearest(a, b, rules.frameworks) for name, (a, b) in found.items() if a is not None and b is not None}
    apart = {name: tuple(field for field, _ in apart_in(*pair)) for name, pair in near.items()}
    told = {field for of in apart.values() for field in of}
    if 1 < len(told) <= FIELDS and "family" not in told and paces == (Pace(), Pace()):
        with suppress(BadInput):  # a switch of B's that goes with no other of A's
            return {name: _by_fields(pair[0].rule, pair[1].rule, apart[name]) for name, pair in near.items()}
    return {name: Ruled(a=a.rule, b=b.rule, fields=(), paces=paces) for name, (a, b) in near.items()}


def _pace(both: Both, rules: Rules, side: int) -> Pace:
    """How the numbers of one side's rules go, as they were recorded."""
    identified = rules.found[side]
    momenta = course(both.traces[side].momentum, both.run)
    rates = None if identified is None else identified.learning_rates
    if identified is not None and any(not isinstance(one.rule.learning_rate, float) for one in identified.found):
        rates = None  # the curve has a name, and is in the rule
    return Pace(
        rates=None if rates is None or len(rates) < both.run else rates,
        momenta=None if momenta is None else tuple(map(float, momenta)),
    )


def _by_fields(a: Rule, b: Rule, fields: tuple[str, ...]) -> Ruled:
    """The rules of a tensor.

    Raises:
        BadInput: some of the fields cannot be taken without the others.
    """
    x, y = side_by_side(a, b)
    ruled = Ruled(a=x, b=y, fields=fields)
    for count in range(len(fields) + 1):
        for some in combinations(map(called, fields), count):
            ruled.taken(some)
    return ruled


def _shares(both: Both, ruled: Mapping[str, Ruled], given: Given, count: int) -> tuple[dict[str, float], str]:
    drift = {pair.name: (pair.b.after - pair.a.after)[count - 1] for pair in both.pairs}
    whole = sum(float(one @ one) for one in drift.values())
    if not whole:
        return {}, ""
    switches = _switches(both, ruled, given)
    subsets = [{name for i, name in enumerate(switches) if chosen >> i & 1} for chosen in range(2 ** len(switches))]
    ends = [{pair.name: _end(pair, ruled[pair.name], on, given, count) for pair in both.pairs} for on in subsets]
    missed = [
        sum(float(np.square(end[pair.name] - side.after[count - 1]).sum()) for pair, side in sides) / whole
        for end, sides in (
            (ends[0], [(pair, pair.a) for pair in both.pairs]),
            (ends[-1], [(pair, pair.b) for pair in both.pairs]),
        )
    ]
    if not np.isfinite(missed).all():
        return {}, "No account: a replay comes to numbers that are not finite."
    if max(missed) > REPLAYED**2:
        if _is_rounding(both, whole, count):
            return {}, "No account: the drift in the parameters is rounding alone, which no difference has a share of."
        return {}, f"No account: a replay misses what was recorded by {np.sqrt(max(missed)):.2g} of the drift."
    values = [
        sum(float((end[pair.name] - pair.a.after[count - 1]) @ drift[pair.name]) for pair in both.pairs) / whole
        for end in ends
    ]
    shares = dict(zip(switches, map(float, shapley(np.array(values))), strict=True))
    return shares | {ROUNDING: 1 - sum(shares.values())}, ""


def _is_rounding(both: Both, whole: float, count: int) -> bool:
    """Whether the parameters are the same but for rounding before each step, and after the last: a drift of no cause.

    Args:
        whole: the square of the drift.
    """
    size = sum(float(np.square(pair.a.after[count - 1]).sum()) for pair in both.pairs)
    return bool(both.together[:count].all()) and whole <= (TOGETHER * both.epsilon) ** 2 * size


def _named(shares: Mapping[str, float], causes: Sequence[Cause], mended: Cause | None) -> dict[str, float]:
    """The shares by the causes that were found on the rungs."""
    of = {cause.rung: cause.kind for cause in reversed(causes)}
    rest = next((one.kind for one in causes if one.rung in (DATA, LOSS, GRADIENT) and one is not mended), None)
    grown = (
        "gradients at other parameters"
        if set(of) & {NAMES, *MOVING}
        else "rounding that grew, by gradients at other parameters"
    )
    names = {
        START: START if of.get(START) in SCALES else of.get(START, START),
        TREATMENT: of.get(USED, TREATMENT),
        RULE: of.get(UPDATE, RULE),
        REST: f"{rest}, and {grown}" if rest else grown,
    }
    return {names.get(name, name): share for name, share in shares.items()}


def _switches(both: Both, ruled: Mapping[str, Ruled], given: Given) -> list[str]:
    """The differences that can be taken from either side."""
    same_start = all(np.array_equal(pair.a.before[0], pair.b.before[0]) for pair in both.pairs)
    treated = given.clip is None and any(not _untreated(pair) for pair in both.pairs)
    named = [given.mended.cause] if given.mended is not None else []
    fields = [called(field) for field in dict.fromkeys(field for one in ruled.values() for field in one.fields)]
    rule = fields or [RULE] * any(one.differ for one in ruled.values())
    return [START] * (not same_start) + named + [TREATMENT] * treated + [REST] + rule


def _untreated(pair: Pair) -> bool:
    """Whether both optimizers get the raw gradient, as far as is known."""
    return all(
        side.used is None or side.gradient is None or (side.used == side.gradient).all() for side in (pair.a, pair.b)
    )


def _end(pair: Pair, ruled: Ruled, on: Collection[str], given: Given, count: int) -> Array:
    """A tensor (k,) after the last step of a replay, by the NumPy reference in float64, with some taken from B."""
    start = (pair.b if START in on else pair.a).before[0]
    gradients = _gradients(pair, on, given)[:count]
    rule, pace = ruled.taken(on)
    if getattr(rule, "epsilon", None) == 0:
        least: dict[str, Any] = {"epsilon": LEAST}
        rule = replace(rule, **least)
    rates = pace.rates or [rate_at(rule.learning_rate, t) for t in range(count)]
    return led(rule, start, gradients, np.array(rates), None if pace.momenta is None else np.array(pace.momenta))


def _gradients(pair: Pair, on: Collection[str], given: Given) -> Array:
    """What the optimizer gets: A's or B's raw gradients, with or without the named cause, treated as A or B does."""
    source, treating = (pair.b if one in on else pair.a for one in (REST, TREATMENT))
    raw = source.led_by if source.gradient is None else source.gradient
    if raw is None:
        raise ValueError(f"{pair.name} has no gradient")
    mended, times = given.mended, 0
    if mended is not None and (not mended.tensors or pair.name in mended.tensors):
        times = int(mended.cause in on) - int(REST in on)
        raw = _changed(mended, raw, source.before, times)
    if given.clip is not None:
        return np.asarray(raw * given.clipped(int(REST in on), times))
    if treating.used is None or treating.gradient is None:
        return raw
    ratio = np.divide(treating.used, treating.gradient, out=np.ones_like(raw), where=treating.gradient != 0)
    return np.asarray(raw * ratio)


def _changed(cause: Cause, gradient: Array, theta: Array, times: int) -> Array:
    """The gradient with a cause planted once (1), taken out once (-1), or as it is (0)."""
    number = cause.number or 1.0
    decay = DECAYS.get(cause.cause)
    return gradient * number**times if decay is None else gradient + times * number * decay(theta)
