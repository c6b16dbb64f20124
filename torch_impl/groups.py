"""The optimizers of a training's groups."""

from collections.abc import Sequence

import torch
from torch import nn

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.trainings import Optimizer, native
from comparisons.rules.training import Training
from torch_impl import hooks
from torch_impl.native import build, clipper, lead
from torch_impl.optimizers import clip_, from_rule

Parameters = list[nn.Parameter]


def stepper_of(optimizer: Optimizer, parameters: Parameters) -> torch.optim.Optimizer:
    """The optimizer over the parameters; torch clips outside of it, here just before its step."""
    if isinstance(optimizer, NativeCall):
        return build(optimizer, parameters)
    stepper = from_rule(optimizer, parameters)
    if (clip := optimizer.clip) is not None:
        stepper.register_step_pre_hook(lambda *_: clip_(clip, parameters))
    return stepper


def steppers_of(training: Training[Optimizer], groups: Sequence[Parameters]) -> list[torch.optim.Optimizer]:
    """One optimizer for each group; one for all, where they are calls of one class that share what goes with it."""
    calls = native(training)
    if calls is not None and len({_shared(group.optimizer) for group in calls.groups}) == 1:
        return together(calls, groups)
    pairs = zip(training.groups, groups, strict=True)
    return [stepper_of(group.optimizer, parameters) for group, parameters in pairs if parameters]


def together(training: Training[NativeCall], groups: Sequence[Parameters]) -> list[torch.optim.Optimizer]:
    """One of torch's own optimizers over parameter groups; a scheduler leads each from its own rate."""
    first = training.groups[0].optimizer
    if len(groups) == 1:
        return [build(first, groups[0])]
    pairs = [(group.optimizer, parameters) for group, parameters in zip(training.groups, groups, strict=True)]
    options = [{"params": parameters, **call.arguments} for call, parameters in pairs]
    optimizer: torch.optim.Optimizer = getattr(torch.optim, first.name)(options, **first.arguments)
    for clip in [clipper(call.clipping, parameters) for call, parameters in pairs if call.clipping is not None]:
        optimizer.register_step_pre_hook(lambda *_, clip=clip: clip())
    for hook in first.hooks:
        optimizer.register_step_pre_hook(getattr(hooks, hook.name)(**hook.arguments))
    if first.schedule is not None:
        lead(optimizer, first.schedule)
    return [optimizer]


def _shared(call: NativeCall) -> tuple[str, ...]:
    """What groups of one optimizer have in common: its class, its scheduler, its hooks."""
    parts = [call.name, *(part.code() for part in call.hooks)]
    return (*parts, "" if call.schedule is None else call.schedule.code())
