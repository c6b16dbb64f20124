"""The account: how much of the drift in the parameters each difference makes, by replay."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from comparisons.analysis.shapley import shapley
from comparisons.diff.both import Both
from comparisons.diff.data import DATA
from comparisons.diff.marks import GRADIENT, LOSS
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.diff.rules import Rules
from comparisons.diff.start import START
from comparisons.diff.updates import UPDATE
from comparisons.diff.used import USED
from comparisons.rules import Rule, elementwise
from comparisons.traces.trace import Array
from comparisons.training.implementations import follow

REST, TREATMENT, RULE = "gradients", "what is done to the gradient", "update rule"
ROUNDING = "rounding"
REPLAYED = 0.01  # of the drift: a replay that misses a side's own end by more says nothing of it
SCALES = ("sum against mean", "classes", "logarithm", "loss scaling", "scaled", "scaled in some tensors")
L2 = "L2"

Ruled = tuple[dict[str, Rule], dict[str, Rule]]  # of both sides, by A's names


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
    ours, theirs = (_rules(both, rules, side) for side in (0, 1))
    if ours is None or theirs is None:
        side = "A" if ours is None else "B"
        return {}, f"No account: {side}'s steps follow no rule of ours that could be replayed."
    mended = next((cause for cause in causes if cause.cause in (*SCALES, L2) and cause.number), None)
    shares, why = _shares(both, (ours, theirs), mended, count)
    return _named(shares, causes, mended), why


def _rules(both: Both, rules: Rules, side: int) -> dict[str, Rule] | None:
    """The rule of each tensor; None if that of one is not known, or moves more than its elements one by one."""
    found = {pair.name: rules.of(side, pair.name if side == 0 else pair.other) for pair in both.pairs}
    known = {name: one.rule for name, one in found.items() if one is not None and elementwise(one.rule)}
    return known if len(known) == len(found) else None


def _shares(both: Both, ruled: Ruled, mended: Cause | None, count: int) -> tuple[dict[str, float], str]:
    drift = {pair.name: (pair.b.after - pair.a.after)[count - 1] for pair in both.pairs}
    whole = sum(float(one @ one) for one in drift.values())
    if not whole:
        return {}, ""
    switches = _switches(both, ruled, mended)
    ends = [
        {pair.name: _end(pair, ruled, {name for i, name in enumerate(switches) if subset >> i & 1}, mended, count)
         for pair in both.pairs}
        for subset in range(2 ** len(switches))
    ]  # fmt: skip
    missed = [
        sum(float(np.square(end[pair.name] - side.after[count - 1]).sum()) for pair, side in sides) / whole
        for end, sides in (
            (ends[0], [(pair, pair.a) for pair in both.pairs]),
            (ends[-1], [(pair, pair.b) for pair in both.pairs]),
        )
    ]
    if max(missed) > REPLAYED**2:
        return {}, f"No account: a replay misses what was recorded by {np.sqrt(max(missed)):.2g} of the drift."
    values = [
        sum(float((end[pair.name] - pair.a.after[count - 1]) @ drift[pair.name]) for pair in both.pairs) / whole
        for end in ends
    ]
    shares = dict(zip(switches, map(float, shapley(np.array(values))), strict=True))
    return shares | {ROUNDING: 1 - sum(shares.values())}, ""


def _named(shares: Mapping[str, float], causes: Sequence[Cause], mended: Cause | None) -> dict[str, float]:
    """The shares by the causes that were found on the rungs."""
    of = {cause.rung: cause.cause for cause in causes}
    rest = next((of[rung] for rung in (DATA, LOSS, GRADIENT) if rung in of and mended is None), None)
    names = {
        START: of.get(START, START),
        TREATMENT: of.get(USED, TREATMENT),
        RULE: of.get(UPDATE, RULE),
        REST: f"{rest}, and gradients at other parameters" if rest else "gradients at other parameters",
    }
    return {names.get(name, name): share for name, share in shares.items()}


def _switches(both: Both, ruled: Ruled, mended: Cause | None) -> list[str]:
    """The differences that can be taken from either side."""
    same_start = all(np.array_equal(pair.a.before[0], pair.b.before[0]) for pair in both.pairs)
    treated = any(not _untreated(pair) for pair in both.pairs)
    named = [mended.cause] if mended is not None else []
    return [START] * (not same_start) + named + [TREATMENT] * treated + [REST] + [RULE] * (ruled[0] != ruled[1])


def _untreated(pair: Pair) -> bool:
    """Whether both optimizers get the raw gradient, as far as is known."""
    return all(
        side.used is None or side.gradient is None or (side.used == side.gradient).all() for side in (pair.a, pair.b)
    )


def _end(pair: Pair, ruled: Ruled, on: Collection[str], mended: Cause | None, count: int) -> Array:
    """A tensor (k,) after the last step of a replay, by the NumPy reference in float64, with some taken from B."""
    start = (pair.b if START in on else pair.a).before[0]
    gradients = _gradients(pair, on, mended)[:count]
    rule = ruled[RULE in on][pair.name]
    path = follow("numpy", rule, {pair.name: start[None]}, {pair.name: gradients[:, None]})[pair.name]
    return np.asarray(path[-1, 0])


def _gradients(pair: Pair, on: Collection[str], mended: Cause | None) -> Array:
    """What the optimizer gets: A's or B's raw gradients, with or without the named cause, treated as A or B does."""
    source, treating = (pair.b if one in on else pair.a for one in (REST, TREATMENT))
    raw = source.led_by if source.gradient is None else source.gradient
    if raw is None:
        raise ValueError(f"{pair.name} has no gradient")
    if mended is not None and (not mended.tensors or pair.name in mended.tensors):
        has, wants = REST in on, mended.cause in on
        raw = _changed(mended, raw, source.before, int(wants) - int(has))
    if treating.used is None or treating.gradient is None:
        return raw
    ratio = np.divide(treating.used, treating.gradient, out=np.ones_like(raw), where=treating.gradient != 0)
    return np.asarray(raw * ratio)


def _changed(cause: Cause, gradient: Array, theta: Array, times: int) -> Array:
    """The gradient with a cause planted once (1), taken out once (-1), or as it is (0)."""
    number = cause.number or 1.0
    return gradient + times * number * theta if cause.cause == L2 else gradient * number**times
