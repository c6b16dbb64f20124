"""What a schedule looks like: where its formula changes, when it ends, its base; and schedules scaled."""

import math
from collections.abc import Iterable
from dataclasses import replace
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
from comparisons.rules.symbols import Symbol

CYCLES = 3  # of a schedule that never ends, the turning points of so many


def scaled(rate: float | Schedule, factor: float) -> float | Schedule:
    """The rate times a factor, the same kind of record."""
    match rate:
        case float():
            return rate * factor
        case PolynomialDecay(initial=initial, final=final):
            return replace(rate, initial=initial * factor, final=final * factor)
        case Cyclic(initial=initial, peak=peak):
            return replace(rate, initial=initial * factor, peak=peak * factor)
        case StepDecay() | ExponentialDecay() | InverseTimeDecay() | CosineDecay() | CosineRestarts():
            return replace(rate, initial=rate.initial * factor)
        case Sequential(pieces=pieces):
            return replace(rate, pieces=tuple(scaled(piece, factor) for piece in pieces))
        case Product(factors=(first, *others)):
            return replace(rate, factors=(scaled(first, factor), *others))
        case Clock(of=of):
            inner = scaled(of, factor)
            return inner if isinstance(inner, float) else replace(rate, of=inner)
        case _:
            raise TypeError(type(rate))


def base_rate(rate: float | Schedule) -> float:
    """The rate that people call the learning rate: where a decay starts, or a warm-up ends; the largest number."""
    match rate:
        case float():
            return rate
        case PolynomialDecay(initial=initial, final=final):
            return _largest((initial, final))
        case StepDecay() | ExponentialDecay() | InverseTimeDecay() | CosineDecay() | CosineRestarts() | Cyclic():
            return rate.initial
        case Sequential(pieces=pieces):
            return _largest(map(base_rate, pieces))
        case Product(factors=(first, *others)):
            base = base_rate(first)
            for other in others:
                base = base * base_rate(other)
            return base
        case Clock(of=of):
            return base_rate(of)
        case _:
            raise TypeError(type(rate))


def _largest(rates: Iterable[float]) -> float:
    """The largest of the numbers; where symbols are among them, the one that is computed from no other."""
    rates = [rate for rate in rates if rate != 0] or [0.0]
    symbols = [rate for rate in rates if isinstance(rate, Symbol)]
    return min(symbols, key=lambda symbol: (len(symbol.origins), len(symbol.text))) if symbols else max(rates)


def length(rate: float | Schedule) -> float | None:
    """The step from which on the rate stays as it is; None if it never ends, or is not known to."""
    match rate:
        case float():
            return 0
        case PolynomialDecay(cycle=False, over=over) | CosineDecay(rises=False, over=over):
            return _step(over)
        case Sequential(pieces=pieces, at=at):
            last = length(pieces[-1])
            return None if last is None else _step(last + (at[-1] if at else 0))
        case Product(factors=factors):
            ends = [length(factor) for factor in factors]
            return None if None in ends else max(end for end in ends if end is not None)
        case Clock(of=of, times=times, plus=plus, per=per):
            end = length(of)
            return None if end is None else _step(max(0.0, (end * per - plus) / times))
        case _:
            return None


def touches_zero(rate: float | Schedule) -> bool:
    """Whether the rate is 0 at times: where it starts, where it turns, or in the end."""
    match rate:
        case float():
            return rate == 0
        case PolynomialDecay(initial=initial, final=final):
            return initial == 0 or final == 0
        case CosineDecay(floor=floor):
            return floor == 0
        case Cyclic(initial=initial, peak=peak):
            return initial == 0 or peak == 0
        case Sequential(pieces=parts) | Product(factors=parts):
            return any(map(touches_zero, parts))
        case Clock(of=of):
            return touches_zero(of)
        case _:
            return False


def turning_points(rate: float | Schedule) -> tuple[float, ...]:
    """The steps from which on another formula holds, or the same anew, in order; of what never ends, the first few."""
    points = sorted({_step(point) for point in _points(rate) if not isinstance(point, Symbol)} - {0})
    return (*points, *dict.fromkeys(point for point in _points(rate) if isinstance(point, Symbol)))


def _points(rate: float | Schedule) -> list[float]:
    match rate:
        case float() | ExponentialDecay() | InverseTimeDecay(staircase=False):
            return []
        case StepDecay(every=over) | InverseTimeDecay(over=over) | PolynomialDecay(over=over, cycle=True):
            return [i * over for i in range(1, CYCLES + 1)]
        case CosineDecay(over=over, rises=True):
            return [i * over for i in range(1, CYCLES + 1)]
        case PolynomialDecay(over=over) | CosineDecay(over=over):
            return [over]
        case CosineRestarts(over=over, t_mul=t_mul):
            return [over * sum(t_mul**j for j in range(i)) for i in range(1, CYCLES + 1)]
        case Cyclic(up=up, down=down):
            return [i * (up + down) + part for i in range(CYCLES) for part in (up, up + down)]
        case Sequential(pieces=pieces, at=at):
            starts: tuple[float, ...] = (0, *at)
            ends: tuple[float, ...] = (*at, math.inf)
            inner = [
                start + point
                for piece, start, end in zip(pieces, starts, ends, strict=True)
                for point in _points(piece)
                if not start + point > end  # a symbol is above nothing
            ]
            return [*at, *inner]
        case Product(factors=factors):
            return [point for factor in factors for point in _points(factor)]
        case Clock(of=of, times=times, plus=plus, per=per):
            inner = [(point * per - plus) / times for point in _points(of)]
            return [point for point in inner if not point < 0]
        case _:
            assert_never(rate)


def _step(point: float) -> float:
    """The first whole step from there on; a symbol stays one."""
    return point if isinstance(point, Symbol) else math.ceil(point - 1e-9)
