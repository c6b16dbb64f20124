"""What a schedule comes to at a step."""

import math
from bisect import bisect_right
from typing import assert_never

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


def rate_at(rate: float | Schedule, k: float) -> float:
    """The rate after k updates, in float64. (Keras computes its schedules in float32 unless given float64.)"""
    if isinstance(rate, float):  # by far the most frequent, so it is asked first
        return rate
    match rate:
        case StepDecay(initial=initial, every=every, factor=factor):
            return initial * _power(factor, math.floor(k / every))
        case ExponentialDecay(initial=initial, rate=base, over=over):
            return initial * _power(base, k / over)
        case InverseTimeDecay(initial=initial, rate=base, over=over, power=power, staircase=staircase):
            return initial / _power(1 + (base * math.floor(k / over) if staircase else base * k / over), power)
        case PolynomialDecay():
            return _polynomial(rate, k)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
            fallen = (1 + math.cos(math.pi * (k if rises else min(k, over)) / over)) / 2
            return initial * ((1 - floor) * fallen + floor)
        case CosineRestarts(initial=initial, floor=floor):
            cycle, done = cycle_at(rate, k)
            return initial * ((1 - floor) * _power(rate.m_mul, cycle) * (1 + math.cos(math.pi * done)) / 2 + floor)
        case Cyclic():
            return _cyclic(rate, k)
        case Sequential(pieces=pieces, at=at):
            i = bisect_right(at, k)
            return rate_at(pieces[i], k - at[i - 1] if i else k)
        case Product(factors=factors):
            return math.prod(rate_at(factor, k) for factor in factors)
        case Clock(of=of, times=times, plus=plus, per=per):
            step = times * k + plus
            return rate_at(of, step if per == 1 else step // per)
        case _:
            assert_never(rate)


def _polynomial(rate: PolynomialDecay, k: float) -> float:
    over = rate.over * max(1, math.ceil(k / rate.over)) if rate.cycle else rate.over
    done = min(k, over) / over
    if rate.share == "done":
        return rate.initial + (rate.final - rate.initial) * _power(done, rate.power)
    return rate.final + (rate.initial - rate.final) * _power(1 - done, rate.power)


def cycle_at(rate: CosineRestarts, k: float) -> tuple[int, float]:
    """The number of the cycle that step k is in, and the share of it that is over."""
    if rate.t_mul == 1:
        cycle = math.floor(k / rate.over)
        return cycle, (k - cycle * rate.over) / rate.over
    i, start, over = 0, 0.0, rate.over
    while k >= start + over:
        i, start, over = i + 1, start + over, over * rate.t_mul
    return i, (k - start) / over


def _cyclic(rate: Cyclic, k: float) -> float:
    total = rate.up + rate.down
    cycle = math.floor(k / total)
    step = k - cycle * total
    height = step / rate.up if step <= rate.up else (total - step) / rate.down
    return rate.initial + (rate.peak - rate.initial) * height * _power(
        rate.factor, k if rate.fades == "update" else cycle
    )


def _power(base: float, exponent: float) -> float:
    """base ** exponent, infinite where Python would raise: what a growing rate comes to is for the training to show."""
    if exponent == 1:
        return base
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
