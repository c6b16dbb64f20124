"""torch's own optimizers."""

from collections.abc import Callable, Iterable

import torch
from torch import nn

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.torch.schedules import read as schedule_of_torch
from comparisons.rules import rate_at
from torch_impl import hooks


def build(call: NativeCall, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The torch.optim object that the call describes, over these parameters.

    What goes with the call, its `step` does: it clips before, and steps the scheduler after.
    """
    parameters = list(parameters)
    optimizer: torch.optim.Optimizer = getattr(torch.optim, call.name)(parameters, **call.arguments)
    if call.clipping is not None:
        clip = clipper(call.clipping, parameters)
        optimizer.register_step_pre_hook(lambda *_: clip())
    for hook in call.hooks:
        optimizer.register_step_pre_hook(getattr(hooks, hook.name)(**hook.arguments))
    if call.schedule is not None:
        scheduler = scheduler_of(call.schedule, optimizer)
        optimizer.register_step_post_hook(lambda *_: scheduler.step())
    return optimizer


def clipper(call: NativeCall, parameters: list[nn.Parameter]) -> Callable[[], None]:
    """The call of torch.nn.utils, on each parameter or on all."""
    clip = getattr(nn.utils, call.name)
    parts = [[parameter] for parameter in parameters] if call.per_tensor else [parameters]

    def clip_parts() -> None:
        for part in parts:
            clip(part, **call.arguments)

    return clip_parts


def scheduler_of(schedule: NativeCall, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    """The scheduler of the optimizer; a lambda is made anew from the rule that it was written from."""
    initial = optimizer.defaults["lr"]
    if schedule.name == "LambdaLR":
        rate = schedule_of_torch(schedule, initial)
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: rate_at(rate, k) / initial)
    made: torch.optim.lr_scheduler.LRScheduler
    made = getattr(torch.optim.lr_scheduler, schedule.name)(optimizer, **schedule.arguments)
    return made
