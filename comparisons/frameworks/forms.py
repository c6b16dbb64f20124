"""What an expression in k can be, on the way from a formula that people write to a schedule."""

from dataclasses import dataclass, replace
from math import e
from typing import Literal, cast

from comparisons.frameworks.tidy import tidy
from comparisons.rules.schedules import (
    Clock,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    canonical_rate,
    rate_at,
    scaled,
)
from comparisons.rules.symbols import Symbol, symbols_in

Rate = float | Schedule
LONGEST = 1_000_000  # steps of a warm-up


class NoForm(Exception):
    """The expression is no formula of a schedule."""


@dataclass(frozen=True)
class Line:
    """(a k + b) / d, times pi if so; of (k + shift) // per; k no further than `stop`."""

    a: float
    b: float
    d: float = 1.0
    pi: bool = False
    per: float = 1.0
    stop: float | None = None
    shift: float = 0.0

    def plus(self, other: "Line | float", sign: float = 1.0) -> "Line":
        """The sum, or with a sign of -1 the difference."""
        if not isinstance(other, Line):
            if self.pi:
                raise NoForm
            return replace(self, b=self.b + sign * other * self.d)
        if (self.pi, self.per, self.shift, self.stop) != (other.pi, other.per, other.shift, other.stop):
            raise NoForm
        if self.d == other.d:
            return replace(self, a=self.a + sign * other.a, b=self.b + sign * other.b)
        a, b = self.a * other.d + sign * other.a * self.d, self.b * other.d + sign * other.b * self.d
        return replace(self, a=a, b=b, d=self.d * other.d)

    def times(self, number: float) -> "Line":
        """The line times a number."""
        return replace(self, a=self.a * number, b=self.b * number)


PI = Line(0.0, 1.0, pi=True)


@dataclass(frozen=True)
class Wave:
    """low + (high - low) (1 + cos(pi line)) / 2."""

    low: float
    high: float
    line: Line


@dataclass(frozen=True)
class Power:
    """The power of a line."""

    line: Line
    power: float


Form = float | Line | Wave | Power | Schedule


def rate_of(form: Form, until: float | None = None) -> Rate:
    """The schedule that the form is from k = 0 on, as far as `until`; a line that falls ends at 0.

    Raises:
        NoForm: it is none.
    """
    match form:
        case float():
            return form
        case Line():
            return _clocked(form, _line(replace(form, per=1.0), 1.0, until))
        case Power(line=line, power=power) if power < 0:
            return _clocked(line, _inverse(line, -power))
        case Power(line=line, power=power):
            return _clocked(line, _line(replace(line, per=1.0), power, until))
        case Wave():
            return _clocked(form.line, _wave(form))
        case _:
            return form


def _clocked(line: Line, rate: Rate) -> Rate:
    if line.per == 1 or isinstance(rate, float):
        return rate
    return canonical_rate(Clock(of=rate, per=cast(int, line.per), plus=line.shift))


def _line(line: Line, power: float, until: float | None) -> Rate:
    if line.pi:
        raise NoForm
    start = tidy(line.b / line.d)
    if line.a == 0:
        return start**power
    falls = (line.a < 0) != (line.d < 0) and not isinstance(line.a, Symbol)
    stop = line.stop if line.stop is not None else -line.b / line.a if falls else until
    if stop is None or (power != 1 and not falls and line.b != 0):
        raise NoForm
    end = tidy((line.a * stop + line.b) / line.d)
    if power != 1 and falls and end != 0:
        raise NoForm
    share: Literal["left", "done"] = "left" if falls or power == 1 else "done"
    return PolynomialDecay(
        initial=start**power, final=end**power if end else 0.0, over=tidy(stop), power=power, share=share
    )


def _inverse(line: Line, power: float) -> Schedule:
    """1 / ((a k + b) / d)^power."""
    if line.pi or line.stop is not None or line.b == 0:
        raise NoForm
    return InverseTimeDecay(initial=tidy((line.d / line.b) ** power), rate=tidy(line.a / line.b), power=power)


def over_line(number: float, line: Line, power: float = 1.0) -> Rate:
    """A number over a line, or a power of it."""
    return _clocked(line, scaled(_inverse(replace(line, per=1.0), power), number))


def exponential(base: float, line: Line) -> Rate:
    """base to the power of the line."""
    if line.pi or line.stop is not None:
        raise NoForm
    initial = tidy(base ** (line.b / line.d)) if line.b else 1.0
    rate, over = (base, line.d / line.a) if line.a > 0 else (base ** (line.a / line.d), 1.0)
    if over < 1:
        rate, over = base ** (line.a / line.d), 1.0
    if line.per != 1 and over != 1:
        rate, over = base ** (line.a / line.d), 1.0
    return _clocked(line, ExponentialDecay(initial=initial, rate=rate, over=over))


def _wave(wave: Wave) -> Rate:
    line = wave.line
    if line.a == 0 or line.a < 0:
        raise NoForm
    over = tidy(line.d / line.a)
    rises = line.stop is None
    if not rises and line.stop != over:
        raise NoForm
    if not line.b:
        return CosineDecay(initial=wave.high, over=over, floor=tidy(wave.low / wave.high), rises=rises)
    whole = CosineDecay(initial=wave.high, over=over, floor=tidy(wave.low / wave.high), rises=True)
    return Clock(of=whole, plus=tidy(line.b / line.a))


def added(one: Form, other: Form, sign: float = 1.0) -> Form:
    """one + other, or with a sign of -1 one - other."""
    match one, other:
        case float(), float():
            return one + sign * other
        case Line(), (float() | Line()):
            return one.plus(other, sign)
        case float(), Line():
            return other.times(sign).plus(one)
        case Wave(), float():
            return replace(one, low=one.low + sign * other, high=one.high + sign * other)
        case float(), Wave() if sign == 1:
            return added(other, one)
        case float(), Wave():
            return Wave(one - other.low, one - other.high, other.line)
        case PolynomialDecay(cycle=False) as piece, float() as number:
            return _moved(piece, 1.0, sign * number)
        case float() as number, PolynomialDecay(cycle=False) as piece:
            return _moved(piece, sign, number)
        case Power(), float():
            return added(rate_of(one), other, sign)
        case float(), Power():
            return added(one, rate_of(other), sign)
        case _:
            raise NoForm


def _moved(piece: PolynomialDecay, times: float, plus: float) -> PolynomialDecay:
    return replace(piece, initial=times * piece.initial + plus, final=times * piece.final + plus)


def multiplied(one: Form, other: Form) -> Form:
    """one times other."""
    match one, other:
        case float(), float():
            return one * other
        case Line(), float():
            return one.times(other)
        case Line(a=0, pi=True), Line(pi=False):
            return replace(other.times(one.b / one.d), pi=True)
        case Line(pi=False), Line(a=0, pi=True):
            return multiplied(other, one)
        case Wave(), float():
            return replace(one, low=one.low * other, high=one.high * other)
        case Power(), float():
            return scaled(rate_of(one), other)
        case float(), _:
            return multiplied(other, one)
        case _, float():
            return scaled(rate_of(one), other)
        case _:
            return Product(factors=(rate_of(one), rate_of(other)))


def divided(one: Form, other: Form) -> Form:
    """one over other."""
    match one, other:
        case float(), float():
            return one / other
        case Line(), float():
            return replace(one, d=one.d * other)
        case float(), Line():
            return over_line(one, other)
        case float(), Power(line=line, power=power):
            return over_line(one, line, power)
        case _, float():
            return multiplied(one, 1 / other)
        case _:
            raise NoForm


def raised(one: Form, other: Form) -> Form:
    """one to the power of other."""
    match one, other:
        case float(), float():
            return one**other
        case float(), Line():
            return exponential(one, other)
        case Line(), float():
            return rate_of(Power(one, other)) if other < 0 else Power(one, other)
        case _:
            raise NoForm


def least(one: Form, other: Form) -> Form:
    """The smaller of the two: a line that rises, no further than a number."""
    match one, other:
        case float(), float():
            return min(one, other)
        case float(), _:
            return least(other, one)
        case Line(stop=None, per=1), float() if not one.a < 0:
            return replace(one, stop=(other * one.d - one.b) / one.a)
        case Power(line=line, power=power), float() if not line.a < 0:
            return replace(one, line=replace(line, stop=(other ** (1 / power) * line.d - line.b) / line.a))
        case ((Wave() | PolynomialDecay()), float()):
            return _within(one, other)
        case Line(), InverseTimeDecay():
            return least(other, one)
        case InverseTimeDecay(), Line(a=a, b=b, d=d, pi=False, per=1, stop=None) if not any(symbols_in((one, other))):
            return _crossing(one, a / d, b / d)
        case _:
            raise NoForm


def _crossing(falls: InverseTimeDecay, slope: float, start: float) -> Schedule:
    """A line up to where it meets a decay, and that from there on: the schedule of "Attention is all you need"."""
    if not slope > 0 or falls.staircase or not start < falls.initial:
        raise NoForm
    at = next((k for k in range(LONGEST) if slope * k + start >= rate_at(falls, k) * (1 - 1e-12)), LONGEST)
    if at == LONGEST:
        raise NoForm
    grown = 1 + falls.rate * at / falls.over
    rest = replace(falls, initial=rate_at(falls, at), rate=falls.rate / grown)
    return Sequential(pieces=(PolynomialDecay(initial=start, final=slope * at + start, over=at), rest), at=(at,))


def largest(one: Form, other: Form) -> Form:
    """The larger of the two: a line that falls, no further than a number."""
    match one, other:
        case Symbol(), float() if not isinstance(other, Symbol):  # max(1, n), for which n is 1 at least
            return one
        case float(), Symbol() if not isinstance(one, Symbol):
            return other
        case float(), float():
            return max(one, other)
        case float(), _:
            return largest(other, one)
        case Line(stop=None, per=1), float() if line_falls(one):
            return replace(one, stop=(other * one.d - one.b) / one.a)
        case ((Wave() | PolynomialDecay()), float()):
            return _within(one, other)
        case _:
            raise NoForm


def line_falls(line: Line) -> bool:
    """Whether it falls."""
    return line.a < 0


def _within(form: Wave | PolynomialDecay, bound: float) -> Form:
    """The form, if the bound is no bound to it: 0 below, or 1 above."""
    ends = (form.low, form.high) if isinstance(form, Wave) else (form.initial, form.final)
    if all(end >= 0 for end in ends) and bound == 0:
        return form
    raise NoForm


EULER = e
