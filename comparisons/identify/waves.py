"""One schedule of few numbers through learning rates: lines, powers and half-waves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
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
    rate_at,
)
from comparisons.tasks.streams import Array

NEAR = 3e-5  # of the largest rate, what a schedule may be off: the rates come from steps in float32
RISE = 1000  # times the first rate: warm-ups end at less
LENGTHS = (10, 20, 50, 200, 1000, 10_000)  # where the search begins, too, where little has changed
WARM = (100, 1000, 500, 2000, 200, 50, 4000, 5000, 10_000)  # steps of warm-ups
END, DIGITS = 1e-4, 4  # of Keras's PolynomialDecay; digits of a rounder number of steps
ENDING = 2  # digits of a rate above 0 at which a power ends
POWERS = (0.9, 2.0, 0.5, 3.0)  # of lines
LEAST = 2  # more rates than numbers: with fewer, any have a name
Starts = tuple[tuple[float, ...], ...]


class Curve(NamedTuple):
    """A schedule of some numbers, and where their search starts."""

    made: Callable[..., Schedule]
    starts: Starts


def curve(values: Array, begin: float = 0.0) -> Schedule | None:
    """The schedule of few numbers that goes through the rates (n,), its numbers short; None if none does.

    Args:
        begin: the step of the schedule at which the first of them is.
    """
    if values[0] <= 0:
        return _from_nothing(values)
    for one in _turning(values) if turns(values) else _falling(values):
        found = _fitted(one, values, begin)
        if found is not None:
            return _to_an_end(found, values, begin)
    return None


def half_wave(values: Array, over: float | None = None) -> CosineDecay | None:
    """The half-wave through the rates, from the first on, over so many steps or any; None if there is none."""
    first, last = float(values[0]), float(values[-1])
    if first <= 0:
        return None
    if over is not None:
        tried = CosineDecay(initial=short(first), over=over, floor=short(last) / short(first))
        return tried if is_through(tried, values) else None
    one = Curve(lambda initial, span, floor: CosineDecay(initial=initial, over=span, floor=floor), _waves(values))
    found = _fitted(one, values) if len(values) >= 3 + LEAST else None
    ended = None if found is None else _to_an_end(found, values)
    return ended if isinstance(ended, CosineDecay) else None


def turns(values: Array) -> list[int]:
    """Where rates that rose fall, or the reverse: the last one before."""
    steps = np.diff(values)
    moved = np.flatnonzero(np.abs(steps) > NEAR * values.max())
    signs = np.sign(steps[moved])
    return [int(moved[i]) + 1 for i in np.flatnonzero(signs[1:] != signs[:-1])]


def is_through(schedule: Schedule, values: Array, begin: float = 0.0) -> bool:
    """Whether the schedule goes through the rates."""
    made = np.array([rate_at(schedule, k + begin) for k in range(len(values))])
    return bool((np.abs(made - values) < NEAR * np.abs(values).max()).all())


def short(value: float) -> float:
    """The number in as few digits as it is known."""
    tried = (float(f"{value:.{digits}g}") for digits in range(1, 9))
    return next((short for short in tried if abs(short - value) <= NEAR * abs(value)), value)


def _to_an_end(found: Schedule, values: Array, begin: float = 0.0) -> Schedule:
    """With the rate at which it ends in as few digits as go through the values, if that is known so.

    A line that seems to go to 0 goes to where Keras's ends by default, where its steps are a rounder number then.
    """
    ends: list[Schedule] = []
    match found:
        case CosineDecay(initial=initial, floor=floor) if floor:
            ends = [replace(found, floor=float(f"{initial * floor:.{digits}g}") / initial) for digits in range(1, 9)]
        case PolynomialDecay(initial=initial, over=over, final=0.0, power=1.0) if len(f"{over:g}") > DIGITS:
            over = short(over * (1 - END / initial))
            ends = [replace(found, final=END, over=over)] if len(f"{over:g}") <= DIGITS else []
    return next((one for one in ends if is_through(one, values, begin)), found)


def _from_nothing(values: Array) -> Schedule | None:
    """A line from 0 on, to whatever a person would write: where it ends is not known."""
    slope, last = float(values[1]), len(values) - 1
    lines = (PolynomialDecay(initial=0.0, over=float(n), final=short(slope * n)) for n in WARM if n >= last)
    through = [one for one in lines if is_through(one, values)]
    return min(through, key=lambda one: len(f"{one.final:g}".strip("0.")), default=None)


def _falling(values: Array) -> Iterator[Curve]:
    """Of rates that fall, or rise, or stay at last."""

    def line(initial: float, span: float) -> Schedule:
        return PolynomialDecay(initial=initial, over=span)

    first = float(values[0])
    yield Curve(line, _two(values, lambda share, k: k / (1 - share)))
    wave = _two(values, lambda share, k: np.pi * k / np.arccos(2 * share - 1))
    yield Curve(lambda initial, span: CosineDecay(initial=initial, over=span), wave)
    yield Curve(
        lambda initial, rate: ExponentialDecay(initial=initial, rate=rate),
        _two(values, lambda share, k: share ** (1 / k), ()),
    )
    for power in (1.0, 0.5):
        yield Curve(
            lambda initial, rate, power=power: InverseTimeDecay(initial=initial, rate=rate, power=power),
            _two(values, lambda share, k, power=power: (share ** (-1 / power) - 1) / k, ()),
        )
    yield Curve(lambda initial, span, floor: CosineDecay(initial=initial, over=span, floor=floor), _waves(values))
    ends = tuple((first, float(length), share * first) for length in LENGTHS for share in (0.1, 2.0, 10.0))
    yield Curve(lambda initial, span, final: PolynomialDecay(initial=initial, over=span, final=final), ends)
    for power, end in product(POWERS, (0.0, END)) if len(values) >= 2 + LEAST else ():
        yield Curve(
            lambda initial, span, power=power, end=end: PolynomialDecay(
                initial=initial, over=span, power=power, final=end
            ),
            _two(values - end, lambda share, k, power=power: k / (1 - share ** (1 / power)), ()),
        )
    yield from _to_any_end(values) if len(values) >= 3 + 2 * LEAST else ()


def _to_any_end(values: Array) -> Iterator[Curve]:
    """Powers that end at a rate above 0, which is the last one, or somewhat below it."""
    first, last, at = float(values[0]), float(values[-1]), len(values) - 1
    reached = np.flatnonzero(values > last + NEAR * first)
    if not 0 < last < first or len(reached) < LEAST + 2:
        return
    for power in POWERS:
        spans = [(float(reached[-1] + 1), last)] if reached[-1] + 1 < at else []
        for end in (0.9 * last, 0.3 * last, 0.03 * last):
            spans.append((at / (1 - ((last - end) / (first - end)) ** (1 / power)), end))
        yield Curve(
            lambda initial, span, final, power=power: PolynomialDecay(
                initial=initial, over=span, power=power, final=final
            ),
            tuple((first, span, end) for span, end in spans),
        )


def _turning(values: Array) -> Iterator[Curve]:
    """Of a half-wave that rises again."""
    waves = _waves(values)

    def wave(initial: float, span: float, floor: float = 0.0) -> Schedule:
        return CosineDecay(initial=initial, over=span, floor=floor, rises=True)

    yield Curve(wave, tuple(one[:2] for one in waves))
    yield Curve(wave, waves)


def _two(
    values: Array, number: Callable[..., float], lengths: tuple[int, ...] = LENGTHS
) -> tuple[tuple[float, ...], ...]:
    """Starts of two numbers, the first rate and what the share that is left of it at some steps says of the other."""
    first, last = float(values[0]), len(values) - 1
    with np.errstate(all="ignore"):
        found = [float(number(values[k] / first, k)) for k in dict.fromkeys((last, last // 2, 1)) if k]
    good = [value for value in found if np.isfinite(value) and value > 0]
    return tuple((first, value) for value in (*good, *map(float, lengths)))


def _waves(values: Array) -> Starts:
    """Starts of a half-wave's three numbers: of three rates at like distances, how the last lies to the others."""
    first, found = float(values[0]), []
    for m in dict.fromkeys(((len(values) - 1) // 2, len(values) // 4, 2)):
        if not 0 < 2 * m < len(values):
            continue
        with np.errstate(all="ignore"):
            bend = np.arccos((values[0] - values[2 * m]) / (values[0] - values[m]) / 2 - 1) / m
            fallen = (values[0] - values[m]) / (1 - np.cos(bend * m))
        if np.isfinite(bend) and bend > 0 and np.isfinite(fallen):
            found.append((first, float(np.pi / bend), max(float(1 - 2 * fallen / first), 1e-6)))
    return (*found, *((first, float(length), share) for length in LENGTHS[::2] for share in (0.01, 0.1)))


def _fitted(curve_: Curve, values: Array, begin: float = 0.0) -> Schedule | None:
    """The curve through the values, its numbers short; None if it does not go through them."""
    for start in curve_.starts:
        with np.errstate(all="ignore"):
            try:
                found = least_squares(
                    lambda x: _apart(curve_, np.exp(x), values, begin), np.log(start), xtol=1e-14, ftol=1e-14
                )
            except ValueError:
                continue
        if np.abs(found.fun).max() < 1:
            named = _shortened(curve_, np.exp(found.x), values, begin)
            return None if _far(named) else named
    return None


def _far(schedule: Schedule) -> bool:
    """Whether it ends at more than anybody's rate: the few first steps of such a curve are a parabola's.

    Or a power ends where nobody lets it: the first steps of one are near to those of another.
    """
    match schedule:
        case CosineDecay():
            return schedule.floor > RISE
        case PolynomialDecay(power=power, final=final, over=over) if power != 1 and final:
            return final != float(f"{final:.{ENDING}g}") or len(f"{over:g}") > DIGITS
        case PolynomialDecay():
            return schedule.final > RISE * schedule.initial
        case _:
            return False


def _apart(curve_: Curve, numbers: Array, values: Array, begin: float) -> Array:
    """How far the curve is from the values, in units of what it may be."""
    try:
        schedule = curve_.made(*map(float, numbers))
    except BadInput:
        return np.full(len(values), 1e9)
    made = np.array([rate_at(schedule, k + begin) for k in range(len(values))])
    return np.asarray((made - values) / (NEAR * np.abs(values).max()))


def _shortened(curve_: Curve, numbers: Array, values: Array, begin: float) -> Schedule:
    """With each number in as few digits as go through the values, one after the other."""
    numbers = numbers.copy()
    for i in range(len(numbers)):
        for digits in range(1, 9):
            tried = numbers.copy()
            tried[i] = float(f"{numbers[i]:.{digits}g}")
            with np.errstate(all="ignore"):
                refit = [j for j in range(len(numbers)) if j > i]
                if refit:
                    tried = _refitted(curve_, tried, refit, values, begin)
                if np.abs(_apart(curve_, tried, values, begin)).max() < 1:
                    numbers = tried
                    break
    return curve_.made(*map(float, numbers))


def _refitted(curve_: Curve, numbers: Array, where: list[int], values: Array, begin: float) -> Array:
    start = np.log(numbers[where])
    found = least_squares(
        lambda x: _apart(curve_, _placed(numbers, where, x), values, begin), start, xtol=1e-14, ftol=1e-14
    )
    return _placed(numbers, where, found.x)


def _placed(numbers: Array, where: list[int], x: Array) -> Array:
    placed = numbers.copy()
    placed[where] = np.exp(x)
    return placed
