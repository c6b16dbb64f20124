"""Second causes in the update: one side's rule is replayed on what the other recorded, and mended until nothing parts.

Each step is taken from the parameters that were recorded, so that both sides have the same parameters and the same
gradients at all steps, whatever made them differ: what is left between them is the update alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.moves import UPDATE
from comparisons.diff.pairing import Pair
from comparisons.diff.rates import OF_RATES, OF_SCHEDULES, rates_cause
from comparisons.diff.record import Cause
from comparisons.diff.rules import Rules, field_causes
from comparisons.diff.updates import update_rung
from comparisons.identify.evidence import course
from comparisons.rules import Rule, elementwise
from comparisons.rules.schedules import rate_at
from comparisons.traces.trace import Array
from comparisons.training.implementations import taught_alone

MOST = 3  # causes in the update: more are hardly one mistake each
HELD = 3  # steps that a cause mends, at least: a single one may be mended by chance, by a multiple of another update


def replayed_causes(both: Both, rules: Rules, named: Sequence[Cause]) -> tuple[Cause, ...]:
    """What the updates differ in, each after those before it were mended, beside those that are `named` already.

    Where both sides' rules are known, their fields say it all, and the curves of their rates, which are in no field;
    where neither's is, nothing can be replayed.
    """
    if (told := _by_rules(both, rules, named)) is not None:
        return told
    replay = next((made for side in (0, 1) if (made := replay_of(both, rules, side)) is not None), None)
    found: list[Cause] = []
    cause = None if replay is None else _cause(replay)
    while replay is not None and cause is not None and cause.certain and len(found) < MOST:
        replay = replay.mended(cause)
        after = None if replay is None else _cause(replay)
        if replay is None or (after is not None and after.step < cause.step + HELD):
            break  # it does not mend the steps that follow: they part there in something else
        found.append(cause)
        cause = after
    known = {(one.cause, one.step) for one in named}
    return tuple(one for one in found if (one.cause, one.step) not in known)


def _by_rules(both: Both, rules: Rules, named: Sequence[Cause]) -> tuple[Cause, ...] | None:
    """In what the rules differ, and the curves of their rates; None where either is not known."""
    pairs = {pair.name: pair.other for pair in both.pairs}
    start = next((one.step for one in named if one.rung == UPDATE), int(both.steps[0]))
    if not all(rules.of(0, name) and rules.of(1, other) for name, other in pairs.items()):
        return None
    if all(side is not None and (side.learning_rates is None or side.slip is not None) for side in rules.found):
        return field_causes(rules, pairs, start, named)
    if (curves := _curves(rules, len(both.steps))) is None:
        return None
    return (*_of_curves(both, curves, named), *field_causes(rules, pairs, start, named))


def _curves(rules: Rules, count: int) -> tuple[Array, Array] | None:
    """The rates of both sides, of which each follows one rule with all its tensors; else None."""
    sides = [side.found[0].rule for side in rules.found if side is not None and side.one_rate]
    curves = [rates_of(rules, i, rule, count) for i, rule in enumerate(sides)]
    return (curves[0], curves[1]) if len(curves) == 2 and curves[0] is not None and curves[1] is not None else None


def _of_curves(both: Both, curves: tuple[Array, Array], named: Sequence[Cause]) -> tuple[Cause, ...]:
    """In what the rates differ, if that is not named."""
    if any(one.rung == "update" and one.cause in OF_RATES for one in named):
        return ()
    return tuple(rates_cause(both, *curves, "They part at step {step} in the update, too"))


def _cause(replay: "Replay") -> Cause | None:
    return next(iter(update_rung(replay.both).causes), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Replay:
    """One side's rules, on the other's parameters and gradients.

    Args:
        of: the two trainings. side: whose rules, 0 or 1. rules: of each tensor, by A's names.
        rates: of each, (n,), in the place of the rules' own. momenta: (n,) by what the momentum is multiplied, where a
            schedule cycles it. starts: the places of the steps at which the optimizer is
            new.
    """

    of: Both
    side: int
    rules: Mapping[str, Rule]
    rates: Mapping[str, Array]
    momenta: Array | None = None
    starts: tuple[int, ...] = (0,)

    @property
    def both(self) -> Both:
        """The two sides, the one with the rules as if it had trained with the other's parameters and gradients."""
        paired = self.of.paired
        return replace(self.of, paired=replace(paired, pairs=tuple(map(self._pair, paired.pairs))))

    def _pair(self, pair: Pair) -> Pair:
        recorded = pair.a if self.side else pair.b
        if recorded.led_by is None:
            raise ValueError(f"{pair.name} has no gradient")
        after = np.concatenate([
            taught_alone(
                self.rules[pair.name],
                recorded.before[first:last], recorded.led_by[first:last], self.rates[pair.name][first:last],
                None if self.momenta is None else self.momenta[first:last],
            )
            for first, last in zip(self.starts, (*self.starts[1:], len(recorded.before)), strict=True)
        ])  # fmt: skip
        made = replace(recorded, after=after)
        return replace(pair, a=recorded, b=made) if self.side else replace(pair, a=made, b=recorded)

    def mended(self, cause: Cause) -> Self | None:
        """The replay without a cause; None where it cannot be taken out."""
        number = cause.number or 0.0
        names = cause.tensors or tuple(self.rules)
        match cause.cause:
            case "learning rate" | "learning rate of some tensors":
                factor = 1 / number if self.side else number
                return replace(self, rates={n: r * (factor if n in names else 1) for n, r in self.rates.items()})
            case schedule if schedule in OF_SCHEDULES:
                recorded = self.of.series("learning_rate")
                if recorded is None or not recorded[self.side].all():
                    return None
                ratio = recorded[1 - self.side] / recorded[self.side]
                return replace(self, rates={name: rate * ratio for name, rate in self.rates.items()})
            case "optimizer state dropped":
                at = int(np.searchsorted(self.of.steps, cause.step))
                return replace(self, starts=tuple(sorted({*self.starts, at})))
            case "weight decay" if not any(self.rules[name].weight_decay for name in names):
                if (decay := -number if self.side else number) <= 0:
                    return None
                decayed = {name: _decoupled(self.rules[name], decay) for name in names}
                return replace(self, rules={**self.rules, **decayed})
            case _:
                return None


def _decoupled(rule: Rule, decay: float) -> Rule:
    return replace(rule, weight_decay=decay, weight_decay_coupling="decoupled")


def replay_of(both: Both, rules: Rules, side: int) -> Replay | None:
    """One side's rules as they were found, on the other's steps; None where they are not known, or those not all.

    What has a slip is not the rule that was found.
    """
    other = "a" if side else "b"
    if rules.slip(side) is not None:
        return None
    recorded = [getattr(pair, other).led_by is not None for pair in both.pairs]
    if not all(recorded) or both.steps[0] != 0 or both.run < len(both.steps):
        return None
    found = {pair.name: rules.of(side, pair.other if side else pair.name) for pair in both.pairs}
    known = {name: one.rule for name, one in found.items() if one and one.rule.clip is None and elementwise(one.rule)}
    if len(known) < len(found):
        return None
    rates = {name: rates_of(rules, side, rule, len(both.steps)) for name, rule in known.items()}
    given = {name: rate for name, rate in rates.items() if rate is not None}
    plain = {name: replace(rule, learning_rate=1.0) for name, rule in known.items()}
    if len(given) < len(rates):
        return None
    momenta = course(both.traces[side].momentum, len(both.steps))  # the steps are the first, and follow each other
    return Replay(of=both, side=side, rules=plain, rates=given, momenta=momenta)


def rates_of(rules: Rules, side: int, rule: Rule, count: int) -> Array | None:
    """The learning rate of each step (count,); None where a curve is of more than one group, or too short."""
    identified = rules.found[side]
    curve = None if identified is None else identified.learning_rates
    if curve is None or not isinstance(rule.learning_rate, float):
        return np.array([rate_at(rule.learning_rate, t) for t in range(count)])
    of_all = identified is not None and identified.one_rate and len(curve) >= count
    return np.array(curve[:count]) if of_all else None
