"""Schedules of torch: a torch.optim.lr_scheduler of the optimizer, stepped after every update."""

from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.frameworks.tidy import per_step, tidy
from comparisons.frameworks.torch.lambdas import cosine, inverse_time, schedule_of_lambda
from comparisons.names import BadInput
from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, Schedule, StepDecay
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE
from comparisons.rules.schedules import STEPS

MODULE = "torch.optim.lr_scheduler"
_FIRST = {"last_epoch": Argument(default=-1, must_keep_default=True)}
CALLS: dict[str, Arguments] = {
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


def read(call: NativeCall, initial: float) -> Schedule:
    """The schedule that a checked scheduler stands for, on an optimizer whose lr is `initial`."""
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


def write(schedule: Schedule) -> NativeCall:
    """The scheduler; the optimizer's lr is the initial rate."""
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
    return NativeCall(framework="torch", name=name, module=MODULE, arguments=arguments)


def low_cosine(schedule: CosineDecay) -> NativeCall:
    """The cosine that stays low, as Keras has it: torch's own scheduler would let it rise again."""
    arguments: dict[str, Value] = {"lr_lambda": cosine(schedule.floor, schedule.over)}
    return NativeCall(framework="torch", name="LambdaLR", module=MODULE, arguments=arguments)


NO_RULE = (
    "ChainedScheduler", "ConstantLR", "CosineAnnealingWarmRestarts", "CyclicLR", "LinearLR", "LRScheduler",
    "MultiplicativeLR", "MultiStepLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR",
)  # fmt: skip

SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    place="separate",
    read=read,
    write=write,
    no_rule=NO_RULE,
    source="torch/optim/lr_scheduler.py",
)
