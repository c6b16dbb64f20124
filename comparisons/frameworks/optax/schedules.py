"""Schedules of optax: functions of the count of updates, given as the learning rate."""

from typing import Any

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.names import BadInput
from comparisons.rules import CosineDecay, ExponentialDecay, Schedule, StepDecay
from comparisons.rules.ranges import NOT_NEGATIVE

MODULE = "optax.schedules"


def _arguments(**given: Any) -> Arguments:
    """Arguments by their defaults; ... for one that must be given."""
    return {
        name: Argument(required=True, allowed=NOT_NEGATIVE) if default is ... else Argument(default=default)
        for name, default in given.items()
    }


CALLS: dict[str, Arguments] = {
    "constant_schedule": _arguments(value=...),
    "exponential_decay": _arguments(
        init_value=..., transition_steps=..., decay_rate=..., transition_begin=0, staircase=False, end_value=None
    ),
    "cosine_decay_schedule": _arguments(init_value=..., decay_steps=..., alpha=0.0, exponent=1.0),
}


def read(call: NativeCall, _: float = 0.0) -> Schedule:
    """The schedule that a call with all its arguments stands for."""
    values: dict[str, Any] = {**{name: one.default for name, one in CALLS[call.name].items()}, **call.arguments}
    match call.name:
        case "cosine_decay_schedule" if values["exponent"] == 1:
            return CosineDecay(initial=values["init_value"], over=values["decay_steps"], floor=values["alpha"])
        case "exponential_decay" if values["transition_begin"] == 0 and values["end_value"] is None:
            if values["staircase"]:
                return StepDecay(
                    initial=values["init_value"], every=values["transition_steps"], factor=values["decay_rate"]
                )
            return ExponentialDecay(
                initial=values["init_value"], rate=values["decay_rate"], over=values["transition_steps"]
            )
        case _:
            raise BadInput(f"optax.{call.name}: no rule has this schedule")


def write(schedule: Schedule) -> NativeCall:
    """The schedule as a call."""
    arguments: dict[str, Value]
    match schedule:
        case StepDecay(initial=initial, every=every, factor=factor):
            name = "exponential_decay"
            arguments = {"init_value": initial, "transition_steps": every, "decay_rate": factor, "staircase": True}
        case ExponentialDecay(initial=initial, rate=rate, over=over):
            name, arguments = "exponential_decay", {"init_value": initial, "transition_steps": over, "decay_rate": rate}
        case CosineDecay(initial=initial, over=over, floor=floor):
            name, arguments = "cosine_decay_schedule", {"init_value": initial, "decay_steps": over, "alpha": floor}
        case _:
            raise BadInput("optax has no such schedule")
    return NativeCall(framework="optax", name=name, module=MODULE, arguments=arguments)


SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    place="argument",
    read=read,
    write=write,
    no_rule=(),
    source="optax/schedules/_schedule.py",
)
