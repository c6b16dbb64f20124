"""When two schedules are one and the same: both have the same canonical form."""

from dataclasses import replace

from comparisons.rules.schedules.rates import rate_at
from comparisons.rules.schedules.records import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
)
from comparisons.rules.schedules.shape import length, scaled
from comparisons.rules.symbols import symbols_in


def canonical_rate(rate: float | Schedule) -> float | Schedule:
    """The rate in the one way, of many, to write it.

    - A schedule that stays where it is, is a constant; one written in other steps is the same.
    - A sequence in a sequence is one sequence, and so is a product; pieces that go on as they were are one piece.
    - A product with a number is the schedule scaled; a clock that counts updates is none.
    """
    match rate:
        case StepDecay(factor=1) | ExponentialDecay(rate=1) | InverseTimeDecay(rate=0) | CosineDecay(floor=1):
            return rate.initial
        case StepDecay(every=1):
            return ExponentialDecay(initial=rate.initial, rate=rate.factor)
        case ExponentialDecay():
            return ExponentialDecay(initial=rate.initial, rate=rate.rate ** (1 / rate.over))
        case InverseTimeDecay(staircase=True) if rate.over == 1:
            return canonical_rate(replace(rate, staircase=False))
        case InverseTimeDecay(staircase=False):
            return replace(rate, rate=rate.rate / rate.over, over=1.0)
        case PolynomialDecay(initial=initial, final=final) if initial == final:
            return initial
        case PolynomialDecay(power=1):
            return replace(rate, share="left")
        case CosineRestarts(floor=1):
            return rate.initial
        case Cyclic(initial=initial, peak=peak) if initial == peak:
            return initial
        case Cyclic(factor=1):
            return replace(rate, fades="cycle")
        case Sequential():
            return _sequence(rate)
        case Product(factors=factors):
            return _product([canonical_rate(factor) for factor in factors])
        case Clock():
            return _clock(rate)
        case _:
            return rate


def _sequence(rate: Sequential) -> float | Schedule:
    pieces: list[float | Schedule] = []
    at: list[float] = []
    for piece, start in zip(rate.pieces, (0.0, *rate.at), strict=True):
        inner = canonical_rate(piece)
        parts, steps = (inner.pieces, inner.at) if isinstance(inner, Sequential) else ((inner,), ())
        end = next((step for step in rate.at if step > start), None)
        for part, step in zip(parts, (0.0, *steps), strict=True):
            if end is not None and start + step >= end:
                break
            if pieces and _goes_on(pieces[-1], start + step - (at[-1] if at else 0.0), part):
                continue
            at += [start + step] if pieces else []
            pieces.append(part)
    return pieces[0] if len(pieces) == 1 else Sequential(pieces=tuple(pieces), at=tuple(at))


def _goes_on(before: float | Schedule, end: float, after: float | Schedule) -> bool:
    """Whether what comes after is the number that the piece before has stayed at."""
    if isinstance(before, float) or not isinstance(after, float):
        return before == after and isinstance(before, float)
    last = length(before)
    if last is None or any(symbols_in((before, end, after))):
        return False
    return last <= end and rate_at(before, end) == after


def _product(factors: list[float | Schedule]) -> float | Schedule:
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    number = 1.0
    for factor in flat:
        number = number * factor if isinstance(factor, float) else number
    schedules: list[float | Schedule] = [factor for factor in flat if not isinstance(factor, float)]
    if not schedules or number == 0:
        return number
    first, *others = sorted(schedules, key=repr)
    first = scaled(first, number) if number != 1 else first
    return Product(factors=(first, *others)) if others else first


def _clock(rate: Clock) -> float | Schedule:
    of = canonical_rate(rate.of)
    match of:
        case float():
            return of
        case _ if (rate.times, rate.plus, rate.per) == (1, 0, 1):
            return of
        case StepDecay(every=every) if (rate.times, rate.plus) == (1, 0):
            return replace(of, every=every * rate.per)
        case ExponentialDecay(rate=base) if (rate.times, rate.plus) == (1, 0):
            return StepDecay(initial=of.initial, every=rate.per, factor=base)
        case InverseTimeDecay(rate=base, staircase=False) if (rate.times, rate.plus) == (1, 0):
            return replace(of, rate=base, over=rate.per, staircase=True)
        case ExponentialDecay(rate=base) if rate.per == 1:
            return replace(of, initial=of.initial * base**rate.plus, rate=base**rate.times)
        case Clock(times=times, plus=plus) if rate.per == 1:
            return Clock(of=of.of, times=times * rate.times, plus=times * rate.plus + plus, per=of.per)
        case _:
            return replace(rate, of=of)
