"""The update: what each side makes of the same gradient at the same parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.pairing import Pair
from comparisons.diff.rates import rate_cause, rates_differ
from comparisons.diff.record import Cause, Rung
from comparisons.diff.rules import Rules, rule_cause
from comparisons.diff.seen import EXPLAINED
from comparisons.names import listed
from comparisons.traces.trace import Array

UPDATE = "update"
NEAR = 0.01  # relative: elements whose gradients have been nearer than that at all steps so far are judged
NUMBERS = 1024  # units in the last place: Keras holds a rule's numbers in the dtype, and 1 - 0.999 loses three digits
FEWEST = 0.1  # of the elements of a tensor, with a gradient, that are judged
AMPLIFIED = 20  # times the difference of gradients: what an update may make of it
MOST = 0.95  # of the elements: in the others, the gradient is hardly larger than Adam's epsilon
ULPS = 4  # of the parameters: what their rounding makes of an update


@dataclass(frozen=True, kw_only=True, eq=False)
class Moves:
    """What a step made of the elements of a tensor that are judged: (k,) each."""

    name: str
    a: Array
    b: Array
    theta: Array
    first: tuple[Array, Array, Array]  # A's first update of them, B's gradient now, and A's first gradient
    bound: float


def update_rung(both: Both, rules: Rules | None = None) -> Rung:
    """Whether the same gradients make the same updates, as long as they are the same; and else whether the rules are.

    Args:
        rules: of both sides; without them, other rules are not named, nor are those of gradients that differ.
    """
    led = [pair for pair in both.pairs if pair.a.led_by is not None and pair.b.led_by is not None]
    if not led:
        return _without_gradients(both)
    judged = 0
    for t in range(len(both.steps)):
        moves = [one for pair in led if (one := _moves(pair, t)) is not None]
        if not moves:
            break
        judged = t + 1
        if any(np.linalg.norm(one.b - one.a) > one.bound for one in moves):
            cause = _cause(both, t, moves, rules)
            return Rung(rung=UPDATE, state="broken", says=cause.says, causes=(cause,))
    if not judged:
        return _by_rules(both, rules)
    if (later := next((t for t in range(judged, len(both.steps)) if rates_differ(both, t)), None)) is not None:
        cause = rate_cause(both, later, 1.0, f"They part at step {int(both.steps[later])} in the update")
        return Rung(rung=UPDATE, state="broken", says=cause.says, causes=(cause,))
    says = f"The same gradients make the same updates, at the {judged} steps at which they are the same."
    return Rung(rung=UPDATE, state="ok", says=says)


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


def _without_gradients(both: Both) -> Rung:
    at = 0
    apart = [
        np.linalg.norm((p.b.after[at] - p.b.before[at]) - (p.a.after[at] - p.a.before[at]))
        > 1e-3 * np.linalg.norm(p.a.after[at] - p.a.before[at])
        for p in both.pairs
    ]
    if not both.together[at] or not any(apart):
        return Rung(rung=UPDATE, state="not recorded", says="No gradients were recorded on both sides.")
    step = int(both.steps[at])
    says = f"They part in the update of step {step}; no gradients were recorded that would say whether it is theirs."
    cause = Cause(rung=UPDATE, step=step, cause="not known", says=says, remedy="Record the gradients.", certain=False)
    return Rung(rung=UPDATE, state="broken", says=says, causes=(cause,))


def _moves(pair: Pair, t: int) -> Moves | None:
    """The elements whose gradients are the same up to step t; None if there are none, or too few to judge by."""
    ga, gb = pair.a.led_by, pair.b.led_by
    if ga is None or gb is None:
        return None
    ga, gb = ga[: t + 1], gb[: t + 1]
    near = (np.abs(gb - ga) <= NEAR * np.maximum(np.abs(ga), np.abs(gb))).all(axis=0)
    start = np.abs(pair.b.before[t] - pair.a.before[t]) <= NEAR * np.abs(pair.a.before[t]) + 64 * pair.epsilon
    chosen = near & start
    if (chosen & ga.any(axis=0)).sum() < max(1, FEWEST * chosen.size):
        return None
    gap = np.linalg.norm((gb - ga)[:, chosen]) / (np.linalg.norm(ga[:, chosen]) or 1.0)
    a, b = (getattr(pair, side).after[t, chosen] - getattr(pair, side).before[t, chosen] for side in ("a", "b"))
    theta = pair.a.before[t, chosen]
    scale = float(np.maximum(np.abs(theta), np.abs(pair.a.after[t, chosen])).max())
    sizes = np.linalg.norm((pair.a.after - pair.a.before)[: t + 1, chosen], axis=1)
    rounding = ULPS * pair.epsilon * scale * np.sqrt(chosen.sum())
    return Moves(
        name=pair.name,
        a=a,
        b=b,
        theta=theta,
        first=(pair.a.after[0, chosen] - pair.a.before[0, chosen], gb[t, chosen], ga[0, chosen]),
        bound=float((AMPLIFIED * gap + NUMBERS * pair.epsilon) * sizes.max() + rounding),  # a mean may have cancelled
    )


def _cause(both: Both, t: int, moves: Sequence[Moves], rules: Rules | None) -> Cause:
    """The family that leaves nothing over but rounding: a factor, a decay, dropped state, or another rule."""
    step = int(both.steps[t])
    here = f"They part at step {step} in the update"
    felt = [one for one in moves if np.linalg.norm(one.a) > one.bound or np.linalg.norm(one.b) > one.bound]
    ratio = _ratio(felt)
    if _explains(felt, [ratio * one.a for one in felt]):
        named = None if rules is None or rates_differ(both, t) else _by_fields(both, rules, step, here)
        return named or rate_cause(both, t, ratio, here)
    off = [one for one in felt if not _fits(one, one.a)]
    if 0 < len(off) < len(felt) and _explains(off, [_ratio([one]) * one.a for one in off]):
        number = float(np.median([_ratio([one]) for one in off]))
        names = tuple(one.name for one in off)
        says = f"{here} of {listed(names)} alone: B's is {number:.6g} times A's."
        remedy = "Give these tensors the same learning rate on both sides (parameter groups)."
        return _made(step, "learning rate of some tensors", number, says, remedy, names)
    if (decayed := _decayed(both, t, here, felt)) is not None:
        return (None if rules is None else _by_fields(both, rules, step, here)) or decayed
    if rates_differ(both, t) and _by_rates_in_velocity(both, t, felt):
        return rate_cause(both, t, ratio, here)
    for side in ("B", "A"):
        if t and _is_first(felt, side) and not _always_first(both, t, side):
            says = f"{here}: {side}'s is that of an optimizer at its first step: its state was dropped there."
            remedy = "Save and load the optimizer's state with the parameters, and make the optimizer once."
            return _made(step, "optimizer state dropped", float(step), says, remedy)
    named = None if rules is None else _by_fields(both, rules, step, here)
    return named or _momenta(both, t, here, felt) or _other_rule(step, here, felt)


def _by_fields(both: Both, rules: Rules, step: int, here: str) -> Cause | None:
    return rule_cause(rules, {pair.name: pair.other for pair in both.pairs}, step, here)


def _made(step: int, cause: str, number: float | None, says: str, remedy: str, tensors: tuple[str, ...] = ()) -> Cause:
    return Cause(rung=UPDATE, step=step, cause=cause, number=number, says=says, remedy=remedy, tensors=tensors)


def _ratio(of: Sequence[Moves]) -> float:
    whole = sum(float(one.a @ one.a) for one in of)
    return sum(float(one.a @ one.b) for one in of) / whole if whole else 1.0


def _fits(one: Moves, b: Array) -> bool:
    grown = max(1.0, float(np.linalg.norm(one.b)) / (float(np.linalg.norm(one.a)) or 1.0))
    return bool(np.linalg.norm(one.b - b) <= 4 * one.bound * grown)


def _explains(of: Sequence[Moves], fitted: Sequence[Array]) -> bool:
    """Whether a fit of B's leaves rounding over in each tensor, and hardly anything of their difference."""
    left = sum(float(np.square(one.b - b).sum()) for one, b in zip(of, fitted, strict=True))
    whole = sum(float(np.square(one.b - one.a).sum()) for one in of)
    return all(_fits(one, b) for one, b in zip(of, fitted, strict=True)) and left <= EXPLAINED**2 * whole


def _decayed(both: Both, t: int, here: str, felt: Sequence[Moves]) -> Cause | None:
    """What is left is a multiple of the parameters: a weight decay of the optimizer's."""
    off = [one for one in felt if not _fits(one, one.a)]
    whole = sum(float(one.theta @ one.theta) for one in off)
    if not whole:
        return None
    number = -sum(float((one.b - one.a) @ one.theta) for one in off) / whole
    if not _explains(off, [one.a - number * one.theta for one in off]):
        return None
    rates = both.series("learning_rate")
    step = int(both.steps[t])
    names = tuple(one.name for one in off) if len(off) < sum(bool(one.theta.any()) for one in felt) else ()
    side, other = ("B", "A") if number > 0 else ("A", "B")
    shrunk = f"{here}: {side}'s takes {abs(number):.6g} of the parameters away beside {other}'s step"
    where = f", in {listed(names)}" if names else ""
    if rates is None or not np.isfinite(rates[1][t]) or not rates[1][t]:
        return _made(step, "weight decay", number, f"{shrunk}{where}: a weight decay.", _SAME_DECAY, names)
    decay = number / float(rates[1][t])
    says = f"{shrunk}{where}: a weight decay of {abs(decay):.6g} at the learning rate {rates[1][t]:.6g}."
    return _made(step, "weight decay", decay, says, _SAME_DECAY, names)


_SAME_DECAY = "Give both the same decay, coupled or decoupled."


def _is_first(felt: Sequence[Moves], side: str) -> bool:
    """Whether an update is what the first was: the same multiple of the gradient, or of the same size everywhere."""
    large = [one for one in felt if one.first[2].any()]
    if not large:
        return False

    def of(one: Moves) -> Array:
        return one.b if side == "B" else one.a

    multiples = [float(one.first[0] @ one.first[2] / (one.first[2] @ one.first[2])) for one in large]
    if all(_fits_size(one, of(one), factor * one.first[1]) for one, factor in zip(large, multiples, strict=True)):
        return True
    alike = [_as_large(of(one), one.first[0]) for one in large]
    return bool(np.mean(np.concatenate(alike)) > MOST)


def _always_first(both: Both, t: int, side: str) -> bool:
    """Whether all updates after step t, too, are what the first was of its gradient: then no state was there to drop.

    Of the last step that was recorded it cannot be said.
    """
    sides = [getattr(pair, side.lower()) for pair in both.pairs]
    moved = [(one.after - one.before, one.led_by) for one in sides if one.led_by is not None and one.led_by[0].any()]
    return all(
        all(_multiple(moves[s], g[s]) or np.mean(_as_large(moves[s], moves[0])) > MOST for moves, g in moved)
        for s in range(t + 1, len(both.steps))
    )


def _multiple(update: Array, gradient: Array) -> bool:
    """Whether an update is a multiple of the gradient, but for a hundredth."""
    whole = np.linalg.norm(update) * np.linalg.norm(gradient)
    return bool(abs(float(np.vdot(update, gradient))) >= (1 - NEAR**2 / 2) * whole)


def _by_rates_in_velocity(both: Both, t: int, felt: Sequence[Moves]) -> bool:
    """Whether B's updates are what momentum makes of B's rate where A has another, and both had the same before.

    Keras's velocity holds the rates that it was built with, and torch's none. Where one of the two holds them, B's is
    so many times A's and, as its rate goes into the newest gradient alone, so many times that: which numbers these are
    is known where both hold them, where only B does, and where only A does. Nesterov takes up to twice the gradient.
    """
    rates = both.series("learning_rate")
    if rates is None or not t or not rates[0][t - 1 : t + 1].all():
        return False
    (last, a), b = rates[0][t - 1 : t + 1], rates[1][t]
    known = sum(float(one.first[1] @ one.first[1]) for one in felt)
    for of_update, of_gradient in ((1.0, a - b), (last / a, last - b), (b / last, b * (a / last - 1))):
        left = sum(float((one.b - of_update * one.a) @ one.first[1]) for one in felt)
        number = left / (known or 1.0)
        near = of_gradient and 1 - NEAR < number / of_gradient < 2
        if near and _explains(felt, [of_update * one.a + number * one.first[1] for one in felt]):
            return True
    return False


def _momenta(both: Both, t: int, here: str, felt: Sequence[Moves]) -> Cause | None:
    """The second update is a multiple of the first, each side's its own, beside the step down the gradient."""
    rates = both.series("learning_rate")
    if t != 1 or (rates is not None and np.ptp(np.stack(rates)[:, :2]) > 0):
        return None
    first, g, before = (np.concatenate([one.first[i] for one in felt]) for i in range(3))
    rate = -float(first @ before) / (float(before @ before) or 1.0)
    numbers = []
    for side in ("a", "b"):
        kept = np.concatenate([getattr(one, side) for one in felt]) + rate * g
        numbers.append(float(kept @ first) / (float(first @ first) or 1.0))
        fitted = [numbers[-1] * one.first[0] - rate * one.first[1] for one in felt]
        if not all(_fits_size(one, getattr(one, side), fit) for one, fit in zip(felt, fitted, strict=True)):
            return None
    ours, theirs = (round(number, 4) + 0.0 for number in numbers)  # no -0
    says = f"{here}: of the update before, A's keeps {ours:g} and B's {theirs:g}: their momentum."
    return _made(int(both.steps[t]), "momentum", theirs, says, "Give both the same momentum.")


def _as_large(update: Array, first: Array) -> Array:
    """Of the elements that both moved: whether the first moved them as far."""
    moved = (update != 0) & (first != 0)
    return np.abs(np.abs(update[moved] / first[moved]) - 1) < NEAR


def _fits_size(one: Moves, update: Array, wanted: Array) -> bool:
    return bool(np.linalg.norm(update - wanted) <= 4 * one.bound)


def _other_rule(step: int, here: str, felt: Sequence[Moves]) -> Cause:
    gap = np.sqrt(sum(float(np.square(one.b - one.a).sum()) for one in felt))
    size = np.sqrt(sum(float(np.square(one.a).sum()) for one in felt))
    says = (
        f"{here}: the same gradients make others, by {100 * gap / size:.2g} % of their size: another rule, or numbers."
    )
    found = _made(step, "another rule", float(gap / size), says, "See what 'triptych identify' says of each.")
    return replace(found, certain=False)
