"""The frameworks: a record each, made from a folder of parallel texts; data and arithmetic, importing none of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import overload

from comparisons.frameworks import dialect, trainings
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.keras import KERAS
from comparisons.frameworks.numpy import NUMPY
from comparisons.frameworks.optax import OPTAX
from comparisons.frameworks.torch import TORCH
from comparisons.frameworks.trainings import Optimizer, Trainable
from comparisons.names import BadInput
from comparisons.rules import ClipGlobalNorm, Rule
from comparisons.rules.training import Group, Training

# Those that train, in the order in which they stand side by side.
FRAMEWORKS: Mapping[str, Framework] = {one.id: one for one in (NUMPY, TORCH, KERAS)}
# Those that can be read and written.
DIALECTS: Mapping[str, Framework] = {**FRAMEWORKS, OPTAX.id: OPTAX}


def of(framework: str) -> Framework:
    """The framework of that id, or of a column's: what follows an @ is a device (see `column`)."""
    return DIALECTS[framework.partition("@")[0]]


def complete(call: NativeCall) -> NativeCall:
    """The call with all its arguments written out: see `dialect.complete`."""
    return dialect.complete(of(call.framework), call)


def groups_of(call: NativeCall) -> tuple[Group[Rule], ...]:
    """The rules of a call, each with its tensors: of Keras's Muon two, else one for all."""
    return dialect.groups_of(of(call.framework), call)


def completed(optimizer: Trainable) -> Trainable:
    """The call, or those of all groups, completed."""
    match optimizer:
        case NativeCall():
            return complete(optimizer)
        case Training():
            return trainings.over_groups(optimizer, lambda one: _completed(one) if isinstance(one, NativeCall) else one)
        case _:
            return optimizer


def _completed(call: NativeCall) -> NativeCall:
    whole = complete(trainings.bare(call))
    return replace(
        call, arguments={**call.arguments, **whole.arguments}, schedule=whole.schedule, clipping=whole.clipping
    )


def _rule(optimizer: Optimizer) -> Rule:
    return rule_of(trainings.bare(optimizer) if isinstance(optimizer, NativeCall) else optimizer)


@overload
def rule_of(optimizer: Optimizer) -> Rule: ...


@overload
def rule_of(optimizer: Training[Optimizer]) -> Training[Rule]: ...


def rule_of(optimizer: Trainable) -> Rule | Training[Rule]:
    """The rule that a call of any framework stands for; a rule is itself, and of a training each group has its own.

    Schedules and averages count updates, also where the framework of the calls counts micro-batches.
    """
    match optimizer:
        case NativeCall():
            return dialect.rule_of(of(optimizer.framework), optimizer)
        case Training():
            return _counted(optimizer, trainings.over_groups(optimizer, _rule))
        case _:
            return optimizer


def rules_of(optimizer: Trainable) -> Training[Rule]:
    """The rules that are trained by: as `rule_of`, but of a call that stands for several each has a group of its own.

    Raises:
        BadInput: such a call clips all its tensors together, and there are other groups.
    """
    training = trainings.training_of(optimizer)
    groups = tuple(part for group in training.groups for part in _parts(group))
    clip = groups[0].optimizer.clip
    if len(groups) == len(training.groups) or not isinstance(clip, ClipGlobalNorm):
        return _counted(training, trainings.around(training, groups))
    if len(training.groups) > 1 or training.clip is not None:
        raise BadInput("Muon: global_clipnorm clips matrices and the rest together; leave it out, and clip in the loop")
    bare = tuple(replace(group, optimizer=replace(group.optimizer, clip=None)) for group in groups)
    return _counted(training, replace(trainings.around(training, bare), clip=clip))


def _parts(group: Group[Optimizer]) -> list[Group[Rule]]:
    """The groups of a group's rules, of its tensors."""
    call = group.optimizer
    rules = groups_of(trainings.bare(call)) if isinstance(call, NativeCall) else ()
    if len(rules) < 2:
        return [Group(tensors=group.tensors, optimizer=_rule(call))]
    return [replace(one, tensors=group.tensors.among(one.tensors)) for one in rules]


def _counted(training: Training[Optimizer], rules: Training[Rule]) -> Training[Rule]:
    """The rules of a training, their schedules in updates."""
    calls = trainings.native(training)
    if calls is None or not of(calls.groups[0].optimizer.framework).around.counts_batches(calls):
        return rules
    return trainings.counting_batches(rules)
