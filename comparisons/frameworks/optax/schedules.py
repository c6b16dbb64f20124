"""Schedules of optax: functions of the count of updates, given as the learning rate.

optax counts in int32, so that JAX computes them in float32 even where the parameters are in float64; given a float64
count they are the formulas below to the last places.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.expression import JNP, expression
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.frameworks.tidy import tidy
from comparisons.names import BadInput
from comparisons.rules import (
    CosineDecay,
    ExponentialDecay,
    PolynomialDecay,
    Schedule,
    Sequential,
    StepDecay,
    rate_at,
)
from comparisons.rules.symbols import Symbol

MODULE = "optax.schedules"
FORMULA = "formula"  # a lambda, which stands for the schedule that it was written from


def _arguments(**given: Any) -> Arguments:
    """Arguments by their defaults; ... for one that must be given."""
    return {
        name: Argument(required=True) if default is ... else Argument(default=default)
        for name, default in given.items()
    }


_EXPONENTIAL = {"transition_begin": 0, "staircase": False, "end_value": None}
CALLS: dict[str, Arguments] = {
    "constant_schedule": _arguments(value=...),
    "polynomial_schedule": _arguments(
        init_value=..., end_value=..., power=..., transition_steps=..., transition_begin=0
    ),
    "linear_schedule": _arguments(init_value=..., end_value=..., transition_steps=..., transition_begin=0),
    "piecewise_constant_schedule": _arguments(init_value=..., boundaries_and_scales=None),
    "exponential_decay": _arguments(init_value=..., transition_steps=..., decay_rate=..., **_EXPONENTIAL),
    "cosine_decay_schedule": _arguments(init_value=..., decay_steps=..., alpha=0.0, exponent=1.0),
    "piecewise_interpolate_schedule": _arguments(interpolate_type=..., init_value=..., boundaries_and_scales=None),
    "linear_onecycle_schedule": _arguments(
        transition_steps=..., peak_value=..., pct_start=0.3, pct_final=0.85, div_factor=25.0, final_div_factor=1e4
    ),
    "cosine_onecycle_schedule": _arguments(
        transition_steps=..., peak_value=..., pct_start=0.3, div_factor=25.0, final_div_factor=1e4
    ),
    "warmup_constant_schedule": _arguments(init_value=..., peak_value=..., warmup_steps=...),
    "warmup_cosine_decay_schedule": _arguments(
        init_value=..., peak_value=..., warmup_steps=..., decay_steps=..., end_value=0.0, exponent=1.0
    ),
    "warmup_exponential_decay_schedule": _arguments(
        init_value=..., peak_value=..., warmup_steps=..., transition_steps=..., decay_rate=..., **_EXPONENTIAL
    ),
    "sgdr_schedule": _arguments(cosine_kwargs=...),
    "join_schedules": _arguments(schedules=..., boundaries=...),
    FORMULA: _arguments(text=...),
}


def read(call: NativeCall, _: float = 0.0) -> float | Schedule:
    """The schedule that a call stands for; a number for one that stays where it is.

    Raises:
        BadInput: no rule has this schedule.
    """
    given: dict[str, Any] = {**{name: one.default for name, one in CALLS[call.name].items()}, **call.arguments}
    try:
        return _read(call, given)
    except (TypeError, AttributeError, ArithmeticError):  # a word for a number, a number for a list
        raise BadInput(f"optax.{call.name}: an argument of it is nothing that it takes") from None


def _read(call: NativeCall, given: Mapping[str, Any]) -> float | Schedule:
    """The schedule of a call with all its arguments, if they are what it takes."""
    match call.name:
        case "constant_schedule":
            return _number(given["value"])
        case "polynomial_schedule" | "linear_schedule":
            return _polynomial(given)
        case "warmup_constant_schedule":
            return _line(given["init_value"], given["peak_value"], given["warmup_steps"])
        case "piecewise_constant_schedule":
            values, at = _scaled(given)
            return _joined([*values], at)
        case "exponential_decay":
            return _exponential(given)
        case "cosine_decay_schedule":
            return _cosine(given["init_value"], given["decay_steps"], given["alpha"], given["exponent"])
        case "piecewise_interpolate_schedule":
            return _interpolated(given["interpolate_type"], given)
        case "linear_onecycle_schedule" | "cosine_onecycle_schedule":
            return _one_cycle(call.name, given)
        case "warmup_cosine_decay_schedule":
            return _warm_cosine(given)
        case "warmup_exponential_decay_schedule":
            warmup = _line(given["init_value"], given["peak_value"], given["warmup_steps"])
            return _joined(
                [warmup, _exponential({**given, "init_value": given["peak_value"]})], [given["warmup_steps"]]
            )
        case "sgdr_schedule":
            return _restarted(given["cosine_kwargs"])
        case "join_schedules":
            return _joined([_rate(one) for one in given["schedules"]], given["boundaries"])
        case _:
            rate: Schedule | None = given["text"].schedule
            assert rate is not None
            return rate


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise BadInput(f"{MODULE}: {value!r} is no number")
    return value if isinstance(value, Symbol) else float(value)


def _rate(one: Any) -> float | Schedule:
    """A schedule in another one."""
    if isinstance(one, NativeCall) and one.name in CALLS:
        return read(one)
    raise BadInput(f"{MODULE}: {getattr(one, 'name', one)!r} is no schedule of optax; write one")


def _line(first: Any, last: Any, steps: Any, power: Any = 1.0) -> float | Schedule:
    """From the one to the other; without steps it stays at the first."""
    if steps <= 0 or first == last:
        return _number(first)
    return PolynomialDecay(initial=first, final=last, over=steps, power=power)


def _polynomial(given: Mapping[str, Any]) -> float | Schedule:
    first, begin = given["init_value"], given["transition_begin"]
    line = _line(first, given["end_value"], given["transition_steps"], given.get("power", 1.0))
    return _joined([first, line], [begin])


def _exponential(given: Mapping[str, Any]) -> float | Schedule:
    first, steps, factor = given["init_value"], given["transition_steps"], given["decay_rate"]
    if steps <= 0 or factor == 0:
        return _number(first)
    decay: Schedule = ExponentialDecay(initial=first, rate=factor, over=steps)
    if given["staircase"]:
        decay = StepDecay(initial=first, every=steps, factor=factor)
    ended = decay if given["end_value"] is None else _ended(decay, given["end_value"], steps, factor)
    return _joined([first if ended is decay else rate_at(ended, 0), ended], [given["transition_begin"]])


def _ended(decay: Schedule, end: Any, steps: Any, factor: Any) -> float | Schedule:
    """The decay, and from where it would pass the end, that."""
    first = rate_at(decay, 0)
    if any(isinstance(number, Symbol) for number in (first, end, steps, factor)):
        raise BadInput(f"{MODULE}.exponential_decay: where it meets its end_value is not known; write the numbers")
    if factor == 1 or (first <= end if factor < 1 else first >= end):
        return _number(end) if factor != 1 else _number(max(first, end) if factor < 1 else min(first, end))
    if end <= 0:
        return decay
    near = math.log(end / first) / math.log(factor) * steps
    sign, stride = -1 if factor < 1 else 1, steps if isinstance(decay, StepDecay) else 1
    first_near = max(1, math.floor(near / stride) - 1)
    steps_near = (n * stride for n in range(first_near, first_near + 9))
    step = next((k for k in steps_near if sign * (rate_at(decay, k) - end) >= 0), None)
    if step is None:
        raise BadInput(f"{MODULE}.exponential_decay: where it meets its end_value cannot be found")
    return Sequential(pieces=(decay, _number(end)), at=(step,))


def _cosine(first: Any, steps: Any, alpha: Any, exponent: Any) -> float | Schedule:
    if exponent != 1:
        raise BadInput(f"{MODULE}.cosine_decay_schedule: exponent is {exponent}; no rule has that, leave it 1.0")
    return CosineDecay(initial=first, over=steps, floor=alpha) if first != 0 else 0.0


def _warm_cosine(given: Mapping[str, Any]) -> float | Schedule:
    peak, warmup = given["peak_value"], given["warmup_steps"]
    floor = 0.0 if peak == 0 or given["end_value"] == 0 else given["end_value"] / peak
    fall = _cosine(peak, given["decay_steps"] - warmup, floor, given["exponent"])
    return _joined([_line(given["init_value"], peak, warmup), fall], [warmup])


def _scaled(given: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """The values of piecewise schedules, each the one before times a scale; and where they begin."""
    values, at = [_number(given["init_value"])], []
    for boundary, scale in sorted((given["boundaries_and_scales"] or {}).items()):
        values.append(values[-1] * scale)
        at.append(boundary)
    return values, at


def _interpolated(kind: Any, given: Mapping[str, Any]) -> float | Schedule:
    values, at = _scaled(given)
    if not at:
        return values[0]
    pieces: list[float | Schedule] = []
    for first, last, start, end in zip(values, values[1:], [0, *at], at, strict=False):
        line = _line(first, last, end - start)
        pieces.append(line if kind == "linear" or isinstance(line, float) else _bent(first, last, end - start))
    return _joined(pieces, at[:-1])


def _bent(first: float, last: float, steps: float) -> Schedule:
    if first == 0:
        raise BadInput(f"{MODULE}.piecewise_interpolate_schedule: a cosine that starts at 0; no rule has that")
    return CosineDecay(initial=first, over=steps, floor=last / first)


def _one_cycle(name: str, given: Mapping[str, Any]) -> float | Schedule:
    steps, peak, div = given["transition_steps"], given["peak_value"], given["div_factor"]
    if any(isinstance(one, Symbol) for one in (steps, given["pct_start"], given.get("pct_final"))):
        raise BadInput(f"{MODULE}.{name}: where it turns is not known; write the numbers of its steps and shares")
    if name == "linear_onecycle_schedule":
        scales = {
            int(given["pct_start"] * steps): div,
            int(given["pct_final"] * steps): 1.0 / div,
            steps: 1.0 / given["final_div_factor"],
        }
        return _interpolated("linear", {"init_value": peak / div, "boundaries_and_scales": scales})
    scales = {int(given["pct_start"] * steps): div, int(steps): 1.0 / (div * given["final_div_factor"])}
    return _interpolated("cosine", {"init_value": peak / div, "boundaries_and_scales": scales})


def _restarted(cycles: Any) -> float | Schedule:
    known = {name: one.default for name, one in CALLS["warmup_cosine_decay_schedule"].items()}
    pieces = [_warm_cosine({**known, **cycle}) for cycle in cycles]
    ends: list[float] = []
    for cycle in cycles:
        ends.append(cycle["decay_steps"] + (ends[-1] if ends else 0))
    return _joined(pieces, ends[:-1])


def _joined(pieces: Sequence[Any], at: Sequence[Any]) -> float | Schedule:
    """The pieces one after the other; what ends before the first step is none."""
    if len(at) != len(pieces) - 1:
        raise BadInput(f"{MODULE}.join_schedules: {len(at)} boundaries for {len(pieces)} schedules; give one less")
    gone = sum(not isinstance(step, Symbol) and step <= 0 for step in at)
    pieces, at = pieces[gone:], at[gone:]
    if all(piece == pieces[0] for piece in pieces) and not isinstance(pieces[0], Schedule):
        return _number(pieces[0])
    if len(pieces) == 1:
        return pieces[0] if isinstance(pieces[0], Schedule) else _number(pieces[0])
    return Sequential(pieces=tuple(pieces), at=tuple(at))


def write(schedule: Schedule) -> NativeCall:
    """The schedule as a call; as a formula where optax has none."""
    match schedule:
        case PolynomialDecay(initial=initial, final=final, over=over, power=power, cycle=False, share=share) if (
            share == "left" or power == 1
        ):
            name = "linear_schedule" if power == 1 else "polynomial_schedule"
            bent = {} if power == 1 else {"power": power}
            return _call(name, init_value=initial, end_value=final, **bent, transition_steps=_whole(over))
        case StepDecay(initial=initial, every=every, factor=factor):
            steps = _whole(every)
            return _call(
                "exponential_decay", init_value=initial, transition_steps=steps, decay_rate=factor, staircase=True
            )
        case ExponentialDecay(initial=initial, rate=rate, over=over):
            return _call("exponential_decay", init_value=initial, transition_steps=_whole(over), decay_rate=rate)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=False):
            ended = {"alpha": floor} if floor else {}
            return _call("cosine_decay_schedule", init_value=initial, decay_steps=_whole(over), **ended)
        case Sequential(
            pieces=(PolynomialDecay(power=1, cycle=False) as up, CosineDecay(rises=False) as down), at=(warmup,)
        ) if up.over == warmup and up.final == down.initial and _is_warm_cosine(up, down):
            return _call(
                "warmup_cosine_decay_schedule",
                init_value=up.initial,
                peak_value=up.final,
                warmup_steps=_whole(warmup),
                decay_steps=_whole(warmup + down.over),
                **({"end_value": tidy(down.floor * down.initial)} if down.floor else {}),
            )
        case Sequential(pieces=pieces, at=at):
            return _call("join_schedules", schedules=tuple(map(_piece, pieces)), boundaries=tuple(map(_whole, at)))
        case _:
            return _call(FORMULA, text=Code(f"lambda count: {expression(schedule, 'count', JNP)}", schedule))


def _is_warm_cosine(up: PolynomialDecay, down: CosineDecay) -> bool:
    """Whether the arguments of warmup_cosine_decay_schedule are numbers that come back as they were."""
    if any(isinstance(number, Symbol) for number in (up.over, down.over, down.floor)):
        return False
    return down.floor == 0 or tidy(down.floor * down.initial) / down.initial == down.floor


def _piece(rate: float | Schedule) -> NativeCall:
    return write(rate) if isinstance(rate, Schedule) else _call("constant_schedule", value=rate)


def _whole(number: float) -> float:
    return int(number) if not isinstance(number, Symbol) and float(number).is_integer() else number


def _call(name: str, **arguments: Any) -> NativeCall:
    return NativeCall(framework="optax", name=name, module=MODULE, arguments=arguments)


SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    others={},
    place="argument",
    read=read,
    momentum=lambda _: None,
    write=write,
    write_both=lambda _, __: None,
    beside=("momentum", "beta1"),
    no_rule=(),
    source="optax/schedules/_schedule.py",
)
