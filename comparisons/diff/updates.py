"""The update: what each side makes of the same gradient at the same parameters."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.families import grouped
from comparisons.diff.left_out import left_out
from comparisons.diff.momenta import CAST, always_first, by_rates_in_velocity, is_first, momenta
from comparisons.diff.moves import NEAR, UPDATE, Moves, explains, fits, made, moves_at, ratio_of
from comparisons.diff.not_led import not_led
from comparisons.diff.pairing import Pair
from comparisons.diff.rates import as_rates_go, rate_cause, rates_agree, rates_differ
from comparisons.diff.record import Cause, Rung
from comparisons.diff.rules import Rules, differ_in_rates_alone, rule_cause
from comparisons.diff.seen import sized
from comparisons.names import listed
from comparisons.traces.trace import Array

FITTED = 1e-3  # relative: factors of tensors that are nearer are one
HELD = 2.0**-23  # of a number: what float32 makes of it, and of a sum of two


def update_rung(both: Both, rules: Rules | None = None, same: Array | None = None) -> Rung:
    """Whether the same gradients make the same updates, as long as they are the same; and else whether the rules are.

    Args:
        rules: of both sides; without them, other rules are not named, nor are those of gradients that differ.
        same: (n,) bool, the steps at which all gradients are the same; None if they are as long as they are near.
    """
    led = [pair for pair in both.pairs if pair.led]
    where = both.together & both.same_data if same is None else both.together & both.same_data & same
    rest = not_led(both, [pair for pair in both.pairs if not pair.led], where)
    if not led:
        none = Rung(rung=UPDATE, state="not recorded", says="No gradients were recorded on both sides.")
        return none if rest is None else Rung(rung=UPDATE, state="broken", says=rest.says, causes=(rest,))
    judged = 0
    for t in range(len(both.steps)):
        asked = [(pair, moves_at(pair, t)) for pair in led if not _is_rounding(both, pair, t)]
        moves = [one for _, one in asked if one is not None]
        if not moves:
            break
        judged = t + 1
        if any(np.linalg.norm(one.b - one.a) > one.bound for one in moves):
            whole = all(one is not None or not _led(pair, t) for pair, one in asked)
            causes = _causes(both, t, moves, rules, whole=whole)
            if rest is not None and rest.step < both.steps[t]:
                causes = (rest, *causes)
            return Rung(rung=UPDATE, state="broken", says=causes[0].says, causes=causes)
    rest = rest or not_led(both, led if judged else [], where & (np.arange(len(where)) >= judged))
    if rest is None and not judged:
        return _by_rules(both, rules)
    later = next((t for t in range(judged, len(both.steps)) if rates_differ(both, t)), None)
    if later is not None and (rest is None or both.steps[later] <= rest.step):
        rest = rate_cause(both, later, 1.0, f"They part at step {int(both.steps[later])} in the update")
    if rest is not None:
        return Rung(rung=UPDATE, state="broken", says=rest.says, causes=(rest,))
    return Rung(rung=UPDATE, state="ok", says=_same_updates(judged, same))


def _same_updates(judged: int, same: Array | None) -> str:
    """What is said where no update parts, at as many steps as were judged by gradients that are near."""
    count = judged if same is None else int(same[:judged].sum())
    if not count:
        return (
            f"At no step are all gradients the same: those within {100 * NEAR:.0f} % of each other make the same "
            "updates, but for that."
        )
    at = "the one step" if count == 1 else f"the {count} steps"
    which = "they" if count == judged else "all of them"
    return f"The same gradients make the same updates, at {at} at which {which} are the same."


def _is_rounding(both: Both, pair: Pair, t: int) -> bool:
    """Whether a gradient is what is left of terms that cancel, on both sides: two that are near are so by chance.

    That of a bias before a normalisation is, and each optimizer's epsilon makes another step of it.
    """
    if pair not in both.with_gradients:
        return False
    norms = zip(pair.gradients, both.gradient_norms, strict=True)
    return all(np.linalg.norm(own[t]) <= both.relative * whole[t] for own, whole in norms)


def _led(pair: Pair, t: int) -> bool:
    """Whether it has a gradient at a step, on either side."""
    return any(one.led_by is not None and bool(one.led_by[t].any()) for one in (pair.a, pair.b))


def _by_rules(both: Both, rules: Rules | None) -> Rung:
    """No gradients are the same on both sides: the rules are compared, if they are known."""
    says = "Not comparable: no gradients are the same on both sides"
    if rules is None:
        return Rung(rung=UPDATE, state="not recorded", says=f"{says}.")
    cause = _by_fields(both, rules, int(both.steps[0]), "They part in the update rule, too")
    if cause is not None:
        return Rung(rung=UPDATE, state="broken", says=cause.says, causes=(cause,))
    if any(rules.of(0, pair.name) is None or rules.of(1, pair.other) is None for pair in both.pairs):
        return Rung(rung=UPDATE, state="not recorded", says=f"{says}, and the rule of one is not known.")
    return Rung(rung=UPDATE, state="ok", says="Both sides follow the same rule, each with its own gradients.")


def _causes(both: Both, t: int, moves: Sequence[Moves], rules: Rules | None, *, whole: bool) -> tuple[Cause, ...]:
    """The families that leave nothing over but rounding: factors of some tensors, or what one rule of all does.

    Args:
        whole: whether these are all that move; if not, the gradients of the others are not the same.
    """
    felt = [one for one in moves if np.linalg.norm(one.a) > one.bound or np.linalg.norm(one.b) > one.bound]
    ratio = ratio_of(felt)
    of_all = not whole or explains(felt, [ratio * one.a for one in felt])
    if not rates_differ(both, t) and (one_sided := left_out(both, t, felt)) is not None:
        return (one_sided,)
    others = rules is not None and not differ_in_rates_alone(rules, {pair.name: pair.other for pair in both.pairs})
    some = () if of_all or others else tuple(_of_some(int(both.steps[t]), felt))
    return some or (_cause(both, t, felt, rules, whole=whole),)


def _of_some(step: int, felt: Sequence[Moves]) -> Iterator[Cause]:
    """B's updates of some tensors alone are a factor times A's: each factor with its tensors."""
    off = [one for one in felt if not fits(one, one.a)]
    ratios = [ratio_of([one]) for one in off]
    if not (0 < len(off) < len(felt) and explains(off, [c * one.a for c, one in zip(ratios, off, strict=True)])):
        return
    for number, names in grouped(ratios, [one.name for one in off], FITTED):
        which = f"{listed(names)} alone" if len(names) == len(off) else listed(names)
        says = f"They part at step {step} in the update of {which}: B's is {number:.6g} times A's."
        remedy = "Give these tensors the same learning rate on both sides (parameter groups)."
        yield made(step, "learning rate of some tensors", number, says, remedy, names)


def _cause(both: Both, t: int, felt: Sequence[Moves], rules: Rules | None, *, whole: bool) -> Cause:
    """What one rule of all does: a factor, a decay, dropped state, or another rule."""
    step = int(both.steps[t])
    here = f"They part at step {step} in the update"
    ratio = ratio_of(felt)
    if explains(felt, [ratio * one.a for one in felt]):
        if abs(ratio - 1) < HELD:
            return _in_float32(step, here, ratio)
        named = None if rules is None or rates_differ(both, t) else _by_fields(both, rules, step, here)
        if named is not None or not rates_agree(both, t):
            return named or rate_cause(both, t, ratio, here, () if whole else [one.name for one in felt])
    if (decayed := _decayed(both, t, here, felt)) is not None:
        return (None if rules is None else _by_fields(both, rules, step, here)) or decayed
    if rates_differ(both, t) and (by_rates_in_velocity(both, t, felt) or as_rates_go(both, t, ratio)):
        return rate_cause(both, t, ratio, here)
    for side in ("B", "A"):
        if t and is_first(felt, side) and not always_first(both, t, side):
            says = f"{here}: {side}'s is that of an optimizer at its first step: its state was dropped there."
            remedy = "Save and load the optimizer's state with the parameters, and make the optimizer once."
            return made(step, "optimizer state dropped", float(step), says, remedy)
    named = None if rules is None else _by_fields(both, rules, step, here)
    return named or momenta(both, t, here, felt) or _other_rule(step, here, felt)


def _in_float32(step: int, here: str, ratio: float) -> Cause:
    """A ratio that is 1 but for what float32 makes of a number."""
    off = f"{'-+'[ratio > 1]} {abs(ratio - 1):.2g}"
    says = f"{here}: B's is 1 {off} times A's. Likely: a number of one rule is held in float32."
    return replace(made(step, "number in float32", ratio, says, CAST), certain=False)


def _by_fields(both: Both, rules: Rules, step: int, here: str) -> Cause | None:
    return rule_cause(rules, {pair.name: pair.other for pair in both.pairs}, step, here)


def _decayed(both: Both, t: int, here: str, felt: Sequence[Moves]) -> Cause | None:
    """What is left is a multiple of the parameters: a weight decay of the optimizer's."""
    off = [one for one in felt if not fits(one, one.a)]
    whole = sum(float(one.theta @ one.theta) for one in off)
    if not whole:
        return None
    number = -sum(float((one.b - one.a) @ one.theta) for one in off) / whole
    if not explains(off, [one.a - number * one.theta for one in off]):
        return None
    rates = both.series("learning_rate")
    step = int(both.steps[t])
    names = tuple(one.name for one in off) if len(off) < sum(bool(one.theta.any()) for one in felt) else ()
    side, other = ("B", "A") if number > 0 else ("A", "B")
    shrunk = f"{here}: {side}'s takes {abs(number):.6g} of the parameters away beside {other}'s step"
    where = f", in {listed(names)}" if names else ""
    if rates is None or not np.isfinite(rates[1][t]) or not rates[1][t]:
        return made(step, "weight decay", number, f"{shrunk}{where}: a weight decay.", _SAME_DECAY, names)
    decay = number / float(rates[1][t])
    says = f"{shrunk}{where}: a weight decay of {abs(decay):.6g} at the learning rate {rates[1][t]:.6g}."
    return made(step, "weight decay", decay, says, _SAME_DECAY, names)


_SAME_DECAY = "Give both the same decay, coupled or decoupled."


def _other_rule(step: int, here: str, felt: Sequence[Moves]) -> Cause:
    gap = np.sqrt(sum(float(np.square(one.b - one.a).sum()) for one in felt))
    size = np.sqrt(sum(float(np.square(one.a).sum()) for one in felt))
    says = f"{here}: the same gradients make others, by {sized(gap / size)}. Likely: another rule, or numbers."
    found = made(step, "another rule", float(gap / size), says, "See what 'triptych identify' says of each.")
    return replace(found, certain=False)
