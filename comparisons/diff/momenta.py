"""What momentum, and other state of an optimizer, make of an update: rates in the velocity, state that was dropped."""

from collections.abc import Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.moves import NEAR, Moves, explains, fits_size, made
from comparisons.diff.record import Cause
from comparisons.traces.trace import Array

MOST = 0.95  # of the elements: in the others, the gradient is hardly larger than Adam's epsilon
CAST = "Keras casts a Python float so: give it np.float64, or train in float32 on both sides."


def is_first(felt: Sequence[Moves], side: str) -> bool:
    """Whether an update is what the first was: the same multiple of the gradient, or of the same size everywhere."""
    large = [one for one in felt if one.first[2].any()]
    if not large:
        return False

    def of(one: Moves) -> Array:
        return one.b if side == "B" else one.a

    multiples = [float(one.first[0] @ one.first[2] / (one.first[2] @ one.first[2])) for one in large]
    if all(fits_size(one, of(one), factor * one.first[1]) for one, factor in zip(large, multiples, strict=True)):
        return True
    alike = [_as_large(of(one), one.first[0]) for one in large]
    return bool(np.mean(np.concatenate(alike)) > MOST)


def always_first(both: Both, t: int, side: str) -> bool:
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


def by_rates_in_velocity(both: Both, t: int, felt: Sequence[Moves]) -> bool:
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
        if near and explains(felt, [of_update * one.a + number * one.first[1] for one in felt]):
            return True
    return False


def momenta(both: Both, t: int, here: str, felt: Sequence[Moves]) -> Cause | None:
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
        if not all(fits_size(one, getattr(one, side), fit) for one, fit in zip(felt, fitted, strict=True)):
            return None
    ours, theirs = (round(number, 4) + 0.0 for number in numbers)  # no -0
    if ours == theirs:
        return _in_float32(both, t, here, ours, numbers)
    says = f"{here}: of the update before, A's keeps {ours:g} and B's {theirs:g}: their momentum."
    return made(int(both.steps[t]), "momentum", theirs, says, "Give both the same momentum.")


def _in_float32(both: Both, t: int, here: str, momentum: float, numbers: Sequence[float]) -> Cause | None:
    """One momentum, which one side holds in float32 where the parameters have more bits; Keras casts all of them so."""
    held = float(np.float32(momentum)) - momentum
    off = [number - momentum for number in numbers]
    for side, (of_this, of_other) in (("B", off[::-1]), ("A", off)):
        if abs(of_this - held) < NEAR * abs(held) and abs(of_other) < NEAR * abs(held):
            says = f"{here}: {side}'s momentum is {momentum:g} in float32, which is {momentum + held:.9g}."
            return made(int(both.steps[t]), "number in float32", momentum + held, says, CAST)
    return None


def _as_large(update: Array, first: Array) -> Array:
    """Of the elements that both moved: whether the first moved them as far."""
    moved = (update != 0) & (first != 0)
    return np.abs(np.abs(update[moved] / first[moved]) - 1) < NEAR
