"""A schedule as a formula in k, in the functions of a language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from comparisons.frameworks.tidy import tidy
from comparisons.rules.schedules import (
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


@dataclass(frozen=True, kw_only=True)
class Language:
    """How a language writes what formulas need: each takes code and gives code.

    Args:
        floor, ceil, cos: of one piece. least, largest: of two. log: the natural logarithm.
        choose: a step, what holds before it, and what from it on; the step variable comes first.
        pi: the number.
    """

    floor: Callable[[str], str]
    ceil: Callable[[str], str]
    cos: Callable[[str], str]
    log: Callable[[str], str]
    least: Callable[[str, str], str]
    largest: Callable[[str, str], str]
    choose: Callable[[str, str, str], str]
    pi: str


PYTHON = Language(
    floor=lambda x: f"math.floor({x})",
    ceil=lambda x: f"math.ceil({x})",
    cos=lambda x: f"math.cos({x})",
    log=lambda x: f"math.log({x})",
    least=lambda a, b: f"min({a}, {b})",
    largest=lambda a, b: f"max({a}, {b})",
    choose=lambda test, one, other: f"({one} if {test} else {other})",
    pi="math.pi",
)
OPS = Language(
    floor=lambda x: f"ops.floor({x})",
    ceil=lambda x: f"ops.ceil({x})",
    cos=lambda x: f"ops.cos({x})",
    log=lambda x: f"ops.log({x})",
    least=lambda a, b: f"ops.minimum({a}, {b})",
    largest=lambda a, b: f"ops.maximum({a}, {b})",
    choose=lambda test, one, other: f"ops.where({test}, {one}, {other})",
    pi="math.pi",
)

JNP = Language(
    floor=lambda x: f"jnp.floor({x})",
    ceil=lambda x: f"jnp.ceil({x})",
    cos=lambda x: f"jnp.cos({x})",
    log=lambda x: f"jnp.log({x})",
    least=lambda a, b: f"jnp.minimum({a}, {b})",
    largest=lambda a, b: f"jnp.maximum({a}, {b})",
    choose=lambda test, one, other: f"jnp.where({test}, {one}, {other})",
    pi="jnp.pi",
)


def expression(rate: float | Schedule, k: str, to: Language) -> str:
    """The formula of the rate at step k, itself a piece of code."""
    text = _formula(rate, k, to)
    return text[1:-1] if text.startswith("(") and _closes(text) == len(text) - 1 else text


def _closes(text: str) -> int:
    """Where the parenthesis that opens the text closes."""
    depth = 0
    for i, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth:
            return i
    return len(text)


def number(value: float) -> str:
    """A number in a formula; a whole one without its point, and one below 0 in parentheses."""
    if isinstance(value, Symbol):
        return str(value)
    text = repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    return f"({text})" if text.startswith("-") else text


def _times(value: float, factor: str) -> str:
    return factor if value == 1 else f"({number(value)} * {factor})"


def _formula(rate: float | Schedule, k: str, to: Language) -> str:
    """The formula in parentheses, or without where nothing could tear it apart."""
    match rate:
        case float():
            return number(rate)
        case StepDecay(initial=initial, every=every, factor=factor):
            return _times(initial, f"({number(factor)} ** {to.floor(_over(k, every))})")
        case ExponentialDecay(initial=initial, rate=base, over=over):
            return _times(initial, f"({number(base)} ** {_group(_over(k, over))})")
        case InverseTimeDecay(initial=initial, rate=base, over=over, power=power, staircase=staircase):
            steps = to.floor(_over(k, over)) if staircase else _over(k, over)
            grown = f"(1 + {steps})" if base == 1 else f"(1 + {number(base)} * {steps})"
            return (
                f"({number(initial)} / {grown})" if power == 1 else f"({number(initial)} / {grown} ** {number(power)})"
            )
        case PolynomialDecay():
            return _polynomial(rate, k, to)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
            steps = k if rises else to.least(k, number(over))
            return _half_wave(initial, floor, "1", f"{_over(steps, over)}", to)
        case CosineRestarts():
            return _restarts(rate, k, to)
        case Cyclic():
            return _cyclic(rate, k, to)
        case Sequential(pieces=pieces, at=at):
            text = _formula(pieces[-1], f"({k} - {number(at[-1])})" if at else k, to)
            for i in reversed(range(len(at))):
                own = f"({k} - {number(at[i - 1])})" if i else k
                text = to.choose(f"{k} < {number(at[i])}", _formula(pieces[i], own, to), text)
            return text
        case Product(factors=factors):
            return f"({' * '.join(_formula(factor, k, to) for factor in factors)})"
        case Clock(of=of, times=times, plus=plus, per=per):
            step = k if times == 1 else f"{number(times)} * {k}"
            step = step if not plus else f"({step} + {number(plus)})"
            return _formula(of, to.floor(_over(_group(step), per)) if per != 1 else _group(step), to)
        case _:
            assert_never(rate)


def _group(text: str) -> str:
    """The text in parentheses, if it has an operator in it."""
    return text if " " not in text or (text.startswith("(") and _closes(text) == len(text) - 1) else f"({text})"


def _over(k: str, span: float) -> str:
    return k if span == 1 else f"{k} / {number(span)}"


def _polynomial(rate: PolynomialDecay, k: str, to: Language) -> str:
    over = number(rate.over)
    if rate.cycle:
        over = f"({over} * {to.largest('1', to.ceil(_over(k, rate.over)))})"
        done = f"{k} / {over}"
    else:
        done = f"{to.least(k, over)} / {over}"
    share = done if rate.share == "done" else f"(1 - {done})"
    start, end = (rate.final, rate.initial) if rate.share == "left" else (rate.initial, rate.final)
    if rate.share == "left" and rate.power == 1:
        start, end, share = rate.initial, rate.final, done  # shorter, and the same
    power = _group(share) if rate.power == 1 else f"{_group(share)} ** {number(rate.power)}"
    grown = _times(tidy(end - start), power) if end - start != 0 else "0"
    return grown if start == 0 else f"({number(start)} + {grown})"


def _half_wave(initial: float, floor: float, fades: str, done: str, to: Language) -> str:
    wave = f"(1 + {to.cos(f'{to.pi} * {_group(done)}')}) / 2"
    wave = wave if fades == "1" else f"{fades} * {wave}"
    if floor == 0:
        return f"({wave})" if initial == 1 else f"({number(initial)} * {wave})"
    low = tidy(initial * floor)
    return f"({number(low)} + {number(tidy(initial - low))} * {wave})"


def _restarts(rate: CosineRestarts, k: str, to: Language) -> str:
    cycles = _over(k, rate.over)
    if rate.t_mul == 1:
        cycle, done = to.floor(cycles), f"({_group(cycles)} - {to.floor(cycles)})"
    else:
        t = number(rate.t_mul)
        # the cycles before are a geometric sum of steps; the last bits of the logarithm must not undo a restart
        cycle = to.floor(f"{to.log(f'1 + {_group(cycles)} * ({t} - 1)')} / {to.log(t)} + 1e-9")
        done = f"(({_group(cycles)} - ({t} ** {cycle} - 1) / ({t} - 1)) / {t} ** {cycle})"
    fades = "1" if rate.m_mul == 1 else f"{number(rate.m_mul)} ** {cycle}"
    return _half_wave(rate.initial, rate.floor, fades, done, to)


def _cyclic(rate: Cyclic, k: str, to: Language) -> str:
    total = tidy(rate.up + rate.down)
    cycle = to.floor(_over(k, total))
    step = f"({k} - {number(total)} * {cycle})"
    height = to.least(_over(step, rate.up), f"({number(total)} - {step}) / {number(rate.down)}")
    faded = "" if rate.factor == 1 else f" * {number(rate.factor)} ** {k if rate.fades == 'update' else cycle}"
    return f"({number(rate.initial)} + {number(tidy(rate.peak - rate.initial))} * {height}{faded})"
