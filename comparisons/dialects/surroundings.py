"""Clipping and schedules: arguments in Keras, calls of their own in torch; in the rule one field each."""

from typing import Any, assert_never

from comparisons.calls import NativeCall, Value
from comparisons.names import BadInput
from comparisons.rules import (
    Clip,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Schedule,
    StepDecay,
)

KERAS_SCHEDULES = "keras.optimizers.schedules"
TORCH_SCHEDULERS = "torch.optim.lr_scheduler"
TORCH_UTILS = "torch.nn.utils"


def keras_schedule(schedule: Schedule) -> NativeCall:
    """The schedule as an object of keras.optimizers.schedules."""
    name = "ExponentialDecay"
    arguments: dict[str, Value] = {"initial_learning_rate": schedule.initial}
    match schedule:
        case StepDecay(every=every, factor=factor):
            arguments |= {"decay_steps": every, "decay_rate": factor, "staircase": True}
        case ExponentialDecay(rate=rate, over=over):
            arguments |= {"decay_steps": over, "decay_rate": rate, "staircase": False}
        case InverseTimeDecay(rate=rate, over=over):
            name = "InverseTimeDecay"
            arguments |= {"decay_steps": over, "decay_rate": rate, "staircase": False}
        case CosineDecay(over=over, floor=floor):
            name = "CosineDecay"
            arguments |= {"decay_steps": over, "alpha": floor}
        case _:
            assert_never(schedule)
    return NativeCall(framework="tf", name=name, module=KERAS_SCHEDULES, arguments=arguments)


def schedule_of_keras(call: NativeCall) -> Schedule:
    """The schedule that an object of keras.optimizers.schedules stands for."""
    values: dict[str, Any] = {"staircase": False, "alpha": 0.0, "warmup_target": None, **call.arguments}
    initial = values["initial_learning_rate"]
    match call.name:
        case "ExponentialDecay" if values["staircase"]:
            return StepDecay(initial=initial, every=values["decay_steps"], factor=values["decay_rate"])
        case "ExponentialDecay":
            return ExponentialDecay(initial=initial, rate=values["decay_rate"], over=values["decay_steps"])
        case "InverseTimeDecay" if not values["staircase"]:
            return InverseTimeDecay(initial=initial, rate=values["decay_rate"], over=values["decay_steps"])
        case "CosineDecay" if values["warmup_target"] is None:
            return CosineDecay(initial=initial, over=values["decay_steps"], floor=values["alpha"])
        case _:
            raise BadInput(f"{call.code()}: no rule has this schedule; use one without staircase or warm-up")


def torch_scheduler(schedule: Schedule) -> NativeCall:
    """The schedule as a torch.optim.lr_scheduler, stepped after every update; the optimizer's lr is the initial one."""
    arguments: dict[str, Value]
    match schedule:
        case StepDecay(every=every, factor=factor):
            name, arguments = "StepLR", {"step_size": every, "gamma": factor}
        case ExponentialDecay(rate=rate, over=over):
            name, arguments = "ExponentialLR", {"gamma": rate ** (1 / over)}
        case CosineDecay(initial=initial, over=over, floor=floor):
            name, arguments = "CosineAnnealingLR", {"T_max": over, "eta_min": initial * floor}
        case InverseTimeDecay(rate=rate, over=over):
            name, arguments = "LambdaLR", {"lr_lambda": f"lambda k: 1 / (1 + {rate!r} * k / {over!r})"}
        case _:
            assert_never(schedule)
    return NativeCall(framework="torch", name=name, module=TORCH_SCHEDULERS, arguments=arguments)


def schedule_of_torch(call: NativeCall, initial: float) -> Schedule:
    """The schedule that a torch.optim.lr_scheduler stands for, on an optimizer whose lr is `initial`."""
    values: dict[str, Any] = {"gamma": 0.1, "eta_min": 0.0, **call.arguments}
    match call.name:
        case "StepLR":
            return StepDecay(initial=initial, every=values["step_size"], factor=values["gamma"])
        case "ExponentialLR":
            return ExponentialDecay(initial=initial, rate=values["gamma"])
        case "CosineAnnealingLR":
            return CosineDecay(initial=initial, over=values["T_max"], floor=values["eta_min"] / initial)
        case _:
            raise BadInput(f"{call.code()}: no rule has this schedule; use StepLR, ExponentialLR or CosineAnnealingLR")


def torch_clipping(clip: Clip) -> NativeCall:
    """The clip as a call of torch.nn.utils, made before every step."""
    arguments: dict[str, Value]
    match clip:
        case ClipValue(limit=limit):
            name, arguments = "clip_grad_value_", {"clip_value": limit}
        case ClipNorm(limit=limit) | ClipGlobalNorm(limit=limit):
            name, arguments = "clip_grad_norm_", {"max_norm": limit}
        case _:
            assert_never(clip)
    return NativeCall(framework="torch", name=name, module=TORCH_UTILS, arguments=arguments)


def clip_of_torch(call: NativeCall) -> Clip:
    """The clip that a call of torch.nn.utils over all parameters stands for."""
    match call.name, call.arguments:
        case "clip_grad_value_", {"clip_value": float(limit)}:
            return ClipValue(limit=limit)
        case "clip_grad_norm_", {"max_norm": float(limit)}:
            return ClipGlobalNorm(limit=limit, formula="padded")
        case _:
            raise BadInput(f"{call.code()}: no rule clips so; use clip_grad_value_ or clip_grad_norm_ with the 2-norm")
