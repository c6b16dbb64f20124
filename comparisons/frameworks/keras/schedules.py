"""Schedules of Keras: an object of keras.optimizers.schedules, given as the learning rate."""

from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, Schedule, StepDecay
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, check_number
from comparisons.rules.schedules import STEPS

MODULE = "keras.optimizers.schedules"
_INITIAL = {"initial_learning_rate": Argument(required=True, field="initial", allowed=POSITIVE)}
_OVER = Argument(required=True, field="over", allowed=ExponentialDecay.ranges["over"])
CALLS: dict[str, Arguments] = {
    "ExponentialDecay": {
        **_INITIAL,
        "decay_steps": _OVER,
        "decay_rate": Argument(required=True, field="rate", allowed=POSITIVE),
        "staircase": Argument(default=False, field="staircase"),
        "name": Argument(default="ExponentialDecay"),
    },
    "InverseTimeDecay": {
        **_INITIAL,
        "decay_steps": _OVER,
        "decay_rate": Argument(required=True, field="rate", allowed=NOT_NEGATIVE),
        "staircase": Argument(default=False, must_keep_default=True),
        "name": Argument(default="InverseTimeDecay"),
    },
    "CosineDecay": {
        **_INITIAL,
        "decay_steps": Argument(required=True, field="over", allowed=STEPS),
        "alpha": Argument(default=0.0, field="floor", allowed=CosineDecay.ranges["floor"]),
        "name": Argument(default="CosineDecay"),
        "warmup_target": Argument(must_keep_default=True),
        "warmup_steps": Argument(default=0),  # of no effect without a target
    },
}


def read(call: NativeCall, _: float = 0.0) -> Schedule:
    """The schedule that a checked object stands for; it has its learning rate itself."""
    values: dict[str, Any] = {"staircase": False, "alpha": 0.0, **call.arguments}
    initial, steps = values["initial_learning_rate"], values["decay_steps"]
    match call.name:
        case "ExponentialDecay" if values["staircase"]:
            check_number(f"{call.module}.{call.name}", "decay_steps", steps, STEPS)
            return StepDecay(initial=initial, every=steps, factor=values["decay_rate"])
        case "ExponentialDecay":
            return ExponentialDecay(initial=initial, rate=values["decay_rate"], over=steps)
        case "InverseTimeDecay":
            return InverseTimeDecay(initial=initial, rate=values["decay_rate"], over=steps)
        case _:
            return CosineDecay(initial=initial, over=steps, floor=values["alpha"])


def write(schedule: Schedule) -> NativeCall:
    """The schedule as an object of keras.optimizers.schedules."""
    name = "ExponentialDecay"
    arguments: dict[str, Value] = {"initial_learning_rate": schedule.initial}
    match schedule:
        case StepDecay(every=every, factor=factor):
            arguments |= {"decay_steps": every, "decay_rate": factor, "staircase": True}
        case ExponentialDecay(rate=rate, over=over):
            arguments |= {"decay_steps": _steps(over), "decay_rate": rate, "staircase": False}
        case InverseTimeDecay(rate=rate, over=over):
            name = "InverseTimeDecay"
            arguments |= {"decay_steps": _steps(over), "decay_rate": rate}
        case CosineDecay(over=over, floor=floor):
            name = "CosineDecay"
            arguments |= {"decay_steps": over, "alpha": floor}
        case _:
            assert_never(schedule)
    return NativeCall(framework="tf", name=name, module=MODULE, arguments=arguments)


def _steps(number: float) -> float:
    return int(number) if number.is_integer() else number


NO_RULE = ("CosineDecayRestarts", "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay")

SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    place="argument",
    read=read,
    write=write,
    no_rule=NO_RULE,
    source="keras/src/optimizers/schedules/learning_rate_schedule.py",
)
