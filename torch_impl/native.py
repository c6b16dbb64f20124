"""torch's own optimizers."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.torch.lambdas import factor_of_lambda
from comparisons.frameworks.torch.scheduler_reading import factor
from comparisons.frameworks.torch.scheduler_table import MODULE
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
    if call.name == "SparseAdam":
        optimizer.register_step_pre_hook(lambda *_: sparse_(parameters))
    for hook in call.hooks:
        optimizer.register_step_pre_hook(getattr(hooks, hook.name)(**hook.arguments))
    if call.schedule is not None:
        lead(optimizer, call.schedule)
    return optimizer


def sparse_(parameters: list[nn.Parameter]) -> None:
    """The gradients as an Embedding's with sparse=True are: without the rows that are 0."""
    for theta in parameters:
        if theta.grad is not None and not theta.grad.is_sparse:
            theta.grad = theta.grad.to_sparse(max(theta.ndim - 1, 1))


def clipper(call: NativeCall, parameters: list[nn.Parameter]) -> Callable[[], None]:
    """The call of torch.nn.utils, on each parameter or on all."""
    clip = getattr(nn.utils, call.name)
    parts = [[parameter] for parameter in parameters] if call.per_tensor else [parameters]

    def clip_parts() -> None:
        for part in parts:
            clip(part, **call.arguments)

    return clip_parts


def lead(optimizer: torch.optim.Optimizer, schedule: NativeCall) -> None:
    """Let the scheduler lead the optimizer: stepped after every update, or after as many as its clock says."""
    scheduler, updates = scheduler_of(schedule, optimizer), itertools.count(1)

    def step(*_: object) -> None:
        if next(updates) % int(schedule.clock or 1) == 0:
            scheduler.step()

    optimizer.register_step_post_hook(step)


def scheduler_of(schedule: NativeCall, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    """The scheduler of the optimizer, with those in it; a lambda is made anew from the schedule that it was read as."""
    if schedule.module != MODULE or schedule.name == "LambdaLR":
        rate = factor(schedule, optimizer.defaults["lr"])
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: rate_at(rate, k))
    if schedule.name == "MultiplicativeLR":
        each = factor_of_lambda(schedule)
        return torch.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda k: rate_at(each, k))
    given: dict[str, Any] = dict(schedule.arguments)
    for name, value in given.items():
        if isinstance(value, tuple):
            given[name] = [scheduler_of(part, optimizer) if isinstance(part, NativeCall) else part for part in value]
    over = () if schedule.name == "ChainedScheduler" else (optimizer,)
    made: torch.optim.lr_scheduler.LRScheduler
    made = getattr(torch.optim.lr_scheduler, schedule.name)(*over, **given)
    return made
