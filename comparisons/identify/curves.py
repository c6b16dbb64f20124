"""Learning rates step by step, named: the schedule that comes to them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from comparisons.names import BadInput
from comparisons.rules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Schedule,
    Sequential,
    StepDecay,
    rate_at,
)
from comparisons.tasks.streams import Array

NEAR = 3e-5  # of the largest rate, what a schedule may be off: the rates come from steps in float32
RISE = 1000  # times the first rate: warm-ups end at less
LENGTHS = (10, 20, 32, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class Curve(NamedTuple):
    """A schedule of some numbers, and where their search starts."""

    made: Callable[..., Schedule]
    starts: tuple[tuple[float, ...], ...]


@lru_cache  # the rates of a candidate are asked for again and again
def named(rates: tuple[float, ...]) -> float | Schedule | None:
    """The number, or the schedule of few numbers, that the rates are within float32; None if it is none of ours."""
    values = np.asarray(rates, float)
    if (rate := steady(values)) is not None:
        return rate
    steps = stairs(values)
    if steps is not None:
        return steps
    for over, at in ((0, 0), *_warm(values)):
        tail = values[at:]
        if over and (rate := steady(tail)) is not None:
            return PolynomialDecay(initial=_short(float(values[0])), over=float(over), final=rate)
        for curve in _curves(float(tail[0])):
            found = _fitted(curve, tail)
            if found is not None:
                return found if not over else _joined(values, over, at, found)
    return None


def rising(schedule: Schedule, steps: int) -> Schedule | None:
    """The same over so many steps, of a cosine that rises again after them; None if it has none that ends later."""
    match schedule:
        case CosineDecay(over=over, rises=False) if steps <= over:
            return replace(schedule, rises=True)
        case Sequential(pieces=(*before, CosineDecay() as last), at=at) if rest := rising(last, steps - int(at[-1])):
            return replace(schedule, pieces=(*before, rest))
        case _:
            return None


def steady(values: Array, noise: Array | float = 0.0) -> float | None:
    """The one number that all of them are, in few digits; None if they are not.

    Args:
        noise: (n,) what else each may be off, relative.
    """
    sure = values[np.broadcast_to(noise, values.shape) <= 2 * np.min(noise)]
    middle = float(sure.min() + sure.max()) / 2  # not the first: where that is off, all others seem to be
    return _short(middle) if (np.abs(values - middle) < (NEAR + noise) * abs(middle)).all() else None


def stairs(values: Array) -> Schedule | None:
    """Numbers that stay for some steps each, where no step is of one update only."""
    jumps = np.flatnonzero(np.abs(np.diff(values)) > NEAR * np.abs(values[1:])) + 1
    if len(jumps) > len(values) // 4:
        return None
    pieces = [_short(float(part[0])) for part in np.split(values, jumps)]
    gaps = np.diff(np.concatenate([[0], jumps]))
    ratios = np.array(pieces[1:]) / np.array(pieces[:-1])
    if len(jumps) > 1 and (gaps == gaps[0]).all() and np.allclose(ratios, ratios[0], rtol=NEAR):
        return StepDecay(initial=pieces[0], every=float(gaps[0]), factor=_short(float(ratios[0])))
    return Sequential(pieces=tuple(pieces), at=tuple(float(jump) for jump in jumps))


def _curves(first: float) -> Iterator[Curve]:
    over = tuple((first, float(length)) for length in LENGTHS)
    yield Curve(lambda initial, span: PolynomialDecay(initial=initial, over=span), over)
    yield Curve(lambda initial, span: CosineDecay(initial=initial, over=span), over)
    yield Curve(lambda initial, rate: ExponentialDecay(initial=initial, rate=rate), ((first, 0.99), (first, 0.9)))
    yield Curve(lambda initial, rate: InverseTimeDecay(initial=initial, rate=rate), ((first, 0.01), (first, 0.1)))
    three = tuple((first, float(length), share) for length in LENGTHS[::2] for share in (0.01, 0.1))
    yield Curve(lambda initial, span, floor: CosineDecay(initial=initial, over=span, floor=floor), three)
    ends = tuple((first, float(length), share * first) for length in LENGTHS[::2] for share in (0.1, 2.0, 10.0))
    yield Curve(lambda initial, span, final: PolynomialDecay(initial=initial, over=span, final=final), ends)


def _fitted(curve: Curve, values: Array) -> Schedule | None:
    """The curve through the values, its numbers short; None if it does not go through them."""
    for start in curve.starts:
        with np.errstate(all="ignore"):
            try:
                found = least_squares(lambda x: _apart(curve, np.exp(x), values), np.log(start), xtol=1e-14, ftol=1e-14)
            except ValueError:
                continue
        if np.abs(found.fun).max() < 1:
            named = _shortened(curve, np.exp(found.x), values)
            return None if _far(named) else named
    return None


def _far(schedule: Schedule) -> bool:
    """Whether it ends at more than anybody's rate: the few first steps of such a curve are a parabola's."""
    match schedule:
        case CosineDecay():
            return schedule.floor > RISE
        case PolynomialDecay():
            return schedule.final > RISE * schedule.initial
        case _:
            return False


def _apart(curve: Curve, numbers: Array, values: Array) -> Array:
    """How far the curve is from the values, in units of what it may be."""
    try:
        schedule = curve.made(*map(float, numbers))
    except BadInput:
        return np.full(len(values), 1e9)
    made = np.array([rate_at(schedule, k) for k in range(len(values))])
    return np.asarray((made - values) / (NEAR * np.abs(values).max()))


def _shortened(curve: Curve, numbers: Array, values: Array) -> Schedule:
    """With each number in as few digits as go through the values, one after the other."""
    numbers = numbers.copy()
    for i in range(len(numbers)):
        for digits in range(1, 9):
            tried = numbers.copy()
            tried[i] = float(f"{numbers[i]:.{digits}g}")
            with np.errstate(all="ignore"):
                refit = [j for j in range(len(numbers)) if j > i]
                if refit:
                    tried = _refitted(curve, tried, refit, values)
                if np.abs(_apart(curve, tried, values)).max() < 1:
                    numbers = tried
                    break
    return curve.made(*map(float, numbers))


def _refitted(curve: Curve, numbers: Array, where: list[int], values: Array) -> Array:
    start = np.log(numbers[where])
    found = least_squares(lambda x: _apart(curve, _placed(numbers, where, x), values), start, xtol=1e-14, ftol=1e-14)
    return _placed(numbers, where, found.x)


def _placed(numbers: Array, where: list[int], x: Array) -> Array:
    placed = numbers.copy()
    placed[where] = np.exp(x)
    return placed


def _warm(values: Array) -> Iterator[tuple[int, int]]:
    """Where a straight rise from the first step on ends, and what is after it begins: there, or a step later.

    The rise is at the top by then in a loop that counts its steps from 1.
    """
    rise = np.diff(values)
    if rise[0] > 0:
        bent = np.flatnonzero(np.abs(np.diff(rise)) > 4 * NEAR * values.max())
        if len(bent) and bent[0] >= 1:
            over = int(bent[0]) + 1
            yield from ((over, at) for at in (over, over + 1) if at < len(values))


def _joined(values: Array, over: int, at: int, after: float | Schedule) -> Schedule:
    top = _short(float(values[over]))
    rise = PolynomialDecay(initial=_short(float(values[0])), over=float(over), final=top)
    return Sequential(pieces=(rise, after), at=(float(at),))


def _short(value: float) -> float:
    """The number in as few digits as it is known."""
    tried = (float(f"{value:.{digits}g}") for digits in range(1, 9))
    return next((short for short in tried if abs(short - value) <= NEAR * abs(value)), value)
