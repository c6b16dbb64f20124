"""Schedules: an argument in Keras, a call of their own in torch; in the rule they are the learning rate."""

from math import isclose
from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.frameworks.torch.lambdas import cosine, inverse_time, schedule_of_lambda
from comparisons.names import BadInput
from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, Schedule, StepDecay
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, check_number
from comparisons.rules.schedules import STEPS

KERAS_MODULE = "keras.optimizers.schedules"
_INITIAL = {"initial_learning_rate": Argument(required=True, field="initial", allowed=POSITIVE)}
_OVER = Argument(required=True, field="over", allowed=ExponentialDecay.ranges["over"])
KERAS_SCHEDULES: dict[str, Arguments] = {
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
        "staircase": Argument(default=False, only=True),
        "name": Argument(default="InverseTimeDecay"),
    },
    "CosineDecay": {
        **_INITIAL,
        "decay_steps": Argument(required=True, field="over", allowed=STEPS),
        "alpha": Argument(default=0.0, field="floor", allowed=CosineDecay.ranges["floor"]),
        "name": Argument(default="CosineDecay"),
        "warmup_target": Argument(only=True),
        "warmup_steps": Argument(default=0),  # of no effect without a target
    },
}

TORCH_MODULE = "torch.optim.lr_scheduler"
_FIRST = {"last_epoch": Argument(default=-1, only=True)}
TORCH_SCHEDULERS: dict[str, Arguments] = {
    "StepLR": {
        "step_size": Argument(required=True, field="every", allowed=STEPS),
        "gamma": Argument(default=0.1, field="factor", allowed=POSITIVE),
        **_FIRST,
    },
    "ExponentialLR": {"gamma": Argument(required=True, field="rate", allowed=POSITIVE), **_FIRST},
    "CosineAnnealingLR": {
        "T_max": Argument(required=True, field="over", allowed=STEPS),
        "eta_min": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        **_FIRST,
    },
    "LambdaLR": {"lr_lambda": Argument(required=True), **_FIRST},
}


def keras_schedule(schedule: Schedule) -> NativeCall:
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
    return NativeCall(framework="tf", name=name, module=KERAS_MODULE, arguments=arguments)


def schedule_of_keras(call: NativeCall) -> Schedule:
    """The schedule that a checked object of keras.optimizers.schedules stands for."""
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


def torch_scheduler(schedule: Schedule) -> NativeCall:
    """The schedule as a torch.optim.lr_scheduler, stepped after every update; the optimizer's lr is the initial one."""
    arguments: dict[str, Value]
    match schedule:
        case StepDecay(every=every, factor=factor):
            name, arguments = "StepLR", {"step_size": every, "gamma": factor}
        case ExponentialDecay(rate=rate, over=over):
            name, arguments = "ExponentialLR", {"gamma": rate if over == 1 else tidy(rate ** (1 / over))}
        case CosineDecay(initial=initial, over=over, floor=floor):
            name, arguments = "CosineAnnealingLR", {"T_max": over, "eta_min": tidy(initial * floor)}
        case InverseTimeDecay(rate=rate, over=over):
            name, arguments = "LambdaLR", {"lr_lambda": inverse_time(per_step(rate, over))}
        case _:
            assert_never(schedule)
    return NativeCall(framework="torch", name=name, module=TORCH_MODULE, arguments=arguments)


def torch_cosine(schedule: CosineDecay) -> NativeCall:
    """The cosine that stays low, as Keras has it: torch's own scheduler would let it rise again."""
    arguments: dict[str, Value] = {"lr_lambda": cosine(schedule.floor, schedule.over)}
    return NativeCall(framework="torch", name="LambdaLR", module=TORCH_MODULE, arguments=arguments)


def schedule_of_torch(call: NativeCall, initial: float) -> Schedule:
    """The schedule that a checked torch.optim.lr_scheduler stands for, on an optimizer whose lr is `initial`."""
    values: dict[str, Any] = {"gamma": 0.1, "eta_min": 0.0, **call.arguments}
    match call.name:
        case "StepLR":
            return StepDecay(initial=initial, every=values["step_size"], factor=values["gamma"])
        case "ExponentialLR":
            return ExponentialDecay(initial=initial, rate=values["gamma"])
        case "CosineAnnealingLR":
            if values["eta_min"] > initial:
                words = f"eta_min is {values['eta_min']}; it must be at least 0 and at most the lr, {initial}"
                raise BadInput(f"{call.module}.{call.name}: {words}")
            return CosineDecay(initial=initial, over=values["T_max"], floor=values["eta_min"] / initial, rises=True)
        case _:
            return schedule_of_lambda(call, initial)


def per_step(rate: float, over: float) -> float:
    """What an inverse-time decay adds to the denominator in one step."""
    return rate if over == 1 else tidy(rate / over)


def tidy(number: float) -> float:
    """The number, or the one with 15 digits that is as near as rounding: 1e-16 for 1.0000000000000001e-16."""
    short = float(f"{number:.15g}")
    return short if isclose(short, number, rel_tol=2**-51) else number


def _steps(number: float) -> float:
    return int(number) if number.is_integer() else number
