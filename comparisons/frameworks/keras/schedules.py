"""Schedules of Keras: an object of keras.optimizers.schedules, given as the learning rate."""

from typing import Any

from comparisons.frameworks.call import WRITTEN, Code, NativeCall, Value
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.keras import train_schedules
from comparisons.frameworks.keras.schedule_code import CLASS, of_class
from comparisons.frameworks.keras.train_schedules import as_class
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.frameworks.tidy import tidy
from comparisons.names import BadInput
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range, check_number
from comparisons.rules.schedules import (
    COUNT,
    SPAN,
    CosineDecay,
    CosineRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Schedule,
    Sequential,
    StepDecay,
    canonical_rate,
)
from comparisons.rules.symbols import Symbol

MODULE = "keras.optimizers.schedules"
_INITIAL = {"initial_learning_rate": Argument(required=True, field="initial", allowed=POSITIVE)}
_FROM_0 = {"initial_learning_rate": Argument(required=True, field="initial", allowed=NOT_NEGATIVE)}
_OVER = Argument(required=True, field="over", allowed=SPAN)
CALLS: dict[str, Arguments] = {
    "ExponentialDecay": {
        **_INITIAL,
        "decay_steps": _OVER,
        "decay_rate": Argument(required=True, field="rate", allowed=POSITIVE),
        "staircase": Argument(default=False, field="staircase"),
        "name": Argument(default="ExponentialDecay"),
    },
    "PiecewiseConstantDecay": {
        "boundaries": Argument(required=True),
        "values": Argument(required=True),
        "name": Argument(default="PiecewiseConstant"),
    },
    "PolynomialDecay": {
        **_FROM_0,
        "decay_steps": _OVER,
        "end_learning_rate": Argument(default=0.0001, field="final", allowed=NOT_NEGATIVE),
        "power": Argument(default=1.0, field="power", allowed=POSITIVE),
        "cycle": Argument(default=False, field="cycle"),
        "name": Argument(default="PolynomialDecay"),
    },
    "InverseTimeDecay": {
        **_INITIAL,
        "decay_steps": _OVER,
        "decay_rate": Argument(required=True, field="rate", allowed=NOT_NEGATIVE),
        "staircase": Argument(default=False, field="staircase"),
        "name": Argument(default="InverseTimeDecay"),
    },
    "CosineDecay": {
        **_FROM_0,
        "decay_steps": _OVER,
        "alpha": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        "name": Argument(default="CosineDecay"),
        "warmup_target": Argument(default=None, field="target", allowed=Range(ge=0, none=True)),
        "warmup_steps": Argument(default=0, field="warmup", allowed=COUNT),
    },
    "CosineDecayRestarts": {
        **_INITIAL,
        "first_decay_steps": _OVER,
        "t_mul": Argument(default=2.0, field="t_mul", allowed=Range(ge=1)),
        "m_mul": Argument(default=1.0, field="m_mul", allowed=POSITIVE),
        "alpha": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        "name": Argument(default="SGDRDecay"),
    },
}


def read(call: NativeCall, _: float = 0.0) -> float | Schedule:
    """The rate under a checked object; it has its learning rate itself."""
    call = as_class(call)
    match call.arguments.get("text"):
        case Code(schedule=schedule) if call.module == WRITTEN and schedule is not None:
            return schedule
    known = {name: argument.default for name, argument in CALLS[call.name].items()}
    given: dict[str, Any] = {**known, **call.arguments}
    initial: Any = given.get("initial_learning_rate")
    steps: Any = given.get("decay_steps")
    match call.name:
        case "ExponentialDecay" if given["staircase"]:
            return StepDecay(initial=initial, every=steps, factor=given["decay_rate"])
        case "ExponentialDecay":
            return ExponentialDecay(initial=initial, rate=given["decay_rate"], over=steps)
        case "InverseTimeDecay":
            staircase = given["staircase"]
            return InverseTimeDecay(initial=initial, rate=given["decay_rate"], over=steps, staircase=staircase)
        case "PolynomialDecay":
            end, power, cycle = given["end_learning_rate"], given["power"], given["cycle"]
            return PolynomialDecay(initial=initial, over=steps, final=end, power=power, cycle=cycle)
        case "PiecewiseConstantDecay":
            return _constants(call, given["boundaries"], given["values"])
        case "CosineDecayRestarts":
            over, floor = given["first_decay_steps"], given["alpha"]
            return CosineRestarts(initial=initial, over=over, t_mul=given["t_mul"], m_mul=given["m_mul"], floor=floor)
        case _:
            return _cosine(initial, steps, given)


def _constants(call: NativeCall, boundaries: object, values: object) -> float | Schedule:
    """A boundary is the last step of its value; Keras makes it a whole number, as the step is one."""
    place = f"{call.module}.{call.name}"
    if not isinstance(boundaries, tuple) or not isinstance(values, tuple) or len(boundaries) != len(values) - 1:
        words = f"boundaries is {boundaries!r} and values {values!r}; of the values there must be one more"
        raise BadInput(f"{place}: {words}")
    whole = Range(ge=0)
    steps = [check_number(place, f"boundaries[{i}]", step, whole) or 0.0 for i, step in enumerate(boundaries)]
    at = tuple(step + 1 if isinstance(step, Symbol) else int(step) + 1 for step in steps)
    pieces = tuple(check_number(place, f"values[{i}]", rate, NOT_NEGATIVE) or 0.0 for i, rate in enumerate(values))
    return Sequential(pieces=pieces, at=at) if at else pieces[0]


def _cosine(initial: float, steps: float, given: dict[str, Any]) -> float | Schedule:
    target, warmup, floor = given["warmup_target"], given["warmup_steps"], given["alpha"]
    top = initial if target is None else target
    if top == 0:
        return 0.0 if target is None or not initial or not warmup else _line(initial, top, warmup)
    falls = CosineDecay(initial=top, over=steps, floor=floor)
    if target is None or warmup == 0:
        return falls
    return Sequential(pieces=(_line(initial, target, warmup), falls), at=(warmup,))


def _line(start: float, end: float, steps: float) -> PolynomialDecay:
    return PolynomialDecay(initial=start, final=end, over=steps)


def write(schedule: Schedule) -> NativeCall:
    """The schedule as an object of keras.optimizers.schedules; where none is it, of a class of its own."""
    return _own(schedule) or of_class(schedule)


def _own(schedule: Schedule) -> NativeCall | None:
    match schedule:
        case StepDecay(initial=initial, every=every, factor=factor):
            return _call("ExponentialDecay", initial, decay_steps=_steps(every), decay_rate=factor, staircase=True)
        case ExponentialDecay(initial=initial, rate=rate, over=over):
            return _call("ExponentialDecay", initial, decay_steps=_steps(over), decay_rate=rate, staircase=False)
        case InverseTimeDecay(initial=initial, rate=rate, over=over, power=1, staircase=staircase):
            more: dict[str, Value] = {"staircase": True} if staircase else {}
            return _call("InverseTimeDecay", initial, decay_steps=_steps(over), decay_rate=rate, **more)
        case PolynomialDecay(initial=initial, over=over, final=final) if (
            schedule.share == "left" or schedule.power == 1
        ):
            power, cycle = schedule.power, schedule.cycle
            more = {"end_learning_rate": final, "power": power, "cycle": cycle}
            return _call("PolynomialDecay", initial, decay_steps=_steps(over), **more)
        case CosineDecay(initial=initial, over=over, floor=floor):
            return _call("CosineDecay", initial, decay_steps=_steps(over), alpha=floor)
        case CosineRestarts(initial=initial, over=over, t_mul=t_mul, m_mul=m_mul, floor=floor):
            more = {"t_mul": t_mul, "m_mul": m_mul, "alpha": floor}
            return _call("CosineDecayRestarts", initial, first_decay_steps=_steps(over), **more)
        case Sequential():
            return _sequence(schedule)
        case _:
            simple = canonical_rate(schedule)
            return _own(simple) if isinstance(simple, Schedule) and type(simple) is not type(schedule) else None


def _call(name: str, initial: float | None, **arguments: Value) -> NativeCall:
    first: dict[str, Value] = {} if initial is None else {"initial_learning_rate": initial}
    return NativeCall(framework="tf", name=name, module=MODULE, arguments={**first, **arguments})


def _sequence(schedule: Sequential) -> NativeCall | None:
    """Numbers, or a line up to a cosine, which stays low there."""
    match schedule.pieces, schedule.at:
        case pieces, at if all(isinstance(piece, float) for piece in pieces):
            if not all(isinstance(step, Symbol) or float(step).is_integer() for step in at):
                return None
            boundaries = tuple(step - 1 if isinstance(step, Symbol) else int(step) - 1 for step in at)
            values = tuple(tidy(piece) for piece in pieces if isinstance(piece, float))
            return _call("PiecewiseConstantDecay", None, boundaries=boundaries, values=values)
        case (PolynomialDecay(power=1, cycle=False) as line, CosineDecay() as falls), (at,) if (
            line.over == at and line.final == falls.initial
        ):
            warmup: dict[str, Value] = {"warmup_target": line.final, "warmup_steps": _steps(at)}
            over, alpha = _steps(falls.over), falls.floor
            return _call("CosineDecay", line.initial, decay_steps=over, alpha=alpha, **warmup)
        case _:
            simple = canonical_rate(schedule)
            return _own(simple) if isinstance(simple, Schedule) and not isinstance(simple, Sequential) else None


def _steps(number: float) -> float:
    return number if isinstance(number, Symbol) or not float(number).is_integer() else int(number)


SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    others={WRITTEN: {CLASS: {"text": Argument(required=True)}}, train_schedules.MODULE: train_schedules.CALLS},
    place="argument",
    read=read,
    momentum=lambda _: None,
    write=write,
    write_both=lambda _, __: None,
    beside=(),
    no_rule=("LearningRateSchedule",),
    source="keras/src/optimizers/schedules/learning_rate_schedule.py",
)
