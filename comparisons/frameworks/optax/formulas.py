"""Schedules that optax has no function for, as lambdas of the count of updates."""

from comparisons.frameworks.call import Code
from comparisons.frameworks.code import written
from comparisons.rules import (
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


def formula(schedule: Schedule) -> Code:
    """The schedule as a lambda; jnp is jax.numpy."""
    return Code(f"lambda count: {rate(schedule, 'count')}", schedule)


def rate(schedule: float | Schedule, k: str) -> str:
    """The rate at the step that k is the code of."""
    match schedule:
        case float():
            return written(schedule)
        case StepDecay(initial=initial, every=every, factor=factor):
            return f"{_n(initial)} * {_n(factor)} ** ({k} // {_n(every)})"
        case ExponentialDecay(initial=initial, rate=factor, over=over):
            return f"{_n(initial)} * {_n(factor)} ** ({k} / {_n(over)})"
        case InverseTimeDecay(initial=initial, rate=growth, over=over, power=power, staircase=staircase):
            steps = f"({k} // {_n(over)})" if staircase else f"{k} / {_n(over)}"
            bent = "" if power == 1 else f" ** {_n(power)}"
            return f"{_n(initial)} / (1 + {_n(growth)} * {steps}){bent}"
        case PolynomialDecay():
            return _polynomial(schedule, k)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
            done = f"{k} / {_n(over)}" if rises else f"jnp.minimum({k}, {_n(over)}) / {_n(over)}"
            return _cosine(initial, floor, done, "")
        case CosineRestarts(initial=initial, over=over, t_mul=t_mul, m_mul=m_mul, floor=floor):
            over_ = _n(over)
            cycle = f"({k} // {over_})"
            done = f"({k} % {over_}) / {over_}"
            if t_mul != 1:
                cycles = f"jnp.floor(jnp.log1p({k} / {over_} * ({_n(t_mul)} - 1)) / jnp.log({_n(t_mul)}) + 1e-9)"
                start = f"{over_} * ({_n(t_mul)} ** {cycles} - 1) / ({_n(t_mul)} - 1)"
                done = f"({k} - {start}) / ({over_} * {_n(t_mul)} ** {cycles})"
                cycle = cycles
            return _cosine(initial, floor, done, "" if m_mul == 1 else f"{_n(m_mul)} ** {cycle} * ")
        case Cyclic():
            return _cyclic(schedule, k)
        case Sequential(pieces=pieces, at=at):
            code = rate(pieces[0], k)
            for piece, begin in zip(pieces[1:], map(_n, at), strict=True):
                code = f"jnp.where({k} < {begin}, {code}, {rate(piece, f'({k} - {begin})')})"
            return code
        case Product(factors=factors):
            return " * ".join(f"({rate(factor, k)})" for factor in factors)
        case Clock(of=of, times=times, plus=plus, per=per):
            step = k if times == 1 else f"{_n(times)} * {k}"
            step = step if plus == 0 else f"{step} + {_n(plus)}"
            return rate(of, f"(({step}) // {_n(per)})" if per != 1 else f"({step})")


def _polynomial(schedule: PolynomialDecay, k: str) -> str:
    first, last, over, power = schedule.initial, schedule.final, _n(schedule.over), schedule.power
    bent = "" if power == 1 else f" ** {_n(power)}"
    done = f"jnp.minimum({k}, {over}) / {over}"
    if schedule.cycle:
        done = f"{k} / ({over} * jnp.maximum(1, jnp.ceil({k} / {over})))"
    if schedule.share == "done":
        return f"{_n(first)} + ({_n(last)} - {_n(first)}) * ({done}){bent}"
    return f"{_n(last)} + ({_n(first)} - {_n(last)}) * (1 - {done}){bent}"


def _cosine(initial: float, floor: float, done: str, shrunk: str) -> str:
    wave = f"{shrunk}(1 + jnp.cos(jnp.pi * {done})) / 2"
    return f"{_n(initial)} * {wave}" if floor == 0 else f"{_n(initial)} * ((1 - {_n(floor)}) * {wave} + {_n(floor)})"


def _cyclic(schedule: Cyclic, k: str) -> str:
    up, down, total = _n(schedule.up), _n(schedule.down), _n(schedule.up + schedule.down)
    height = f"jnp.minimum(({k} % {total}) / {up}, ({total} - {k} % {total}) / {down})"
    faded = "" if schedule.factor == 1 else f" * {_n(schedule.factor)} ** "
    faded += (k if schedule.fades == "update" else f"({k} // {total})") if faded else ""
    return f"{_n(schedule.initial)} + ({_n(schedule.peak)} - {_n(schedule.initial)}) * {height}{faded}"


def _n(number: float) -> str:
    """A number as code; a whole one without its point, a symbol torn apart by nothing."""
    text = written(number)
    return text.removesuffix(".0") if text.endswith(".0") else f"({text})" if " " in text else text
