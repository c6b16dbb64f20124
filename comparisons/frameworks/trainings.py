"""Whole trainings, whose groups are calls of a framework or rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from comparisons.frameworks.call import ACCUMULATION, NativeCall
from comparisons.rules import Rule, Schedule
from comparisons.rules.schedules import Clock
from comparisons.rules.training import Group, Training, plain, whole

One = TypeVar("One")
Other = TypeVar("Other")
Optimizer = NativeCall | Rule
Trainable = NativeCall | Rule | Training[NativeCall | Rule]  # what an implementation trains by


def training_of(optimizer: Trainable) -> Training[Optimizer]:
    """A training as it is; an optimizer by itself as that of all tensors."""
    return optimizer if isinstance(optimizer, Training) else whole(optimizer)


def simplest(training: Training[Optimizer]) -> Trainable:
    """The optimizer, where the training is no more than that."""
    alone = plain(training)
    return training if alone is None else alone


def bare(call: NativeCall) -> NativeCall:
    """The call without the argument that speaks of what surrounds it."""
    if ACCUMULATION not in call.arguments:
        return call
    return replace(call, arguments={name: value for name, value in call.arguments.items() if name != ACCUMULATION})


def calls_of(optimizer: Trainable) -> list[NativeCall]:
    """The calls among the optimizers of the groups."""
    return [one for group in training_of(optimizer).groups if isinstance(one := group.optimizer, NativeCall)]


def native(training: Training[Optimizer]) -> Training[NativeCall] | None:
    """The training, where all groups are calls: what surrounds them is then done as the framework does it."""
    calls = calls_of(training)
    if len(calls) < len(training.groups):
        return None
    groups = [Group(tensors=one.tensors, optimizer=call) for one, call in zip(training.groups, calls, strict=True)]
    return around(training, tuple(groups))


def over_groups(training: Training[One], changed: Callable[[One], Other]) -> Training[Other]:
    """The training with another optimizer in each group."""
    return around(
        training, tuple(Group(tensors=one.tensors, optimizer=changed(one.optimizer)) for one in training.groups)
    )


def around(training: Training[One], groups: tuple[Group[Other], ...]) -> Training[Other]:
    """What surrounds the groups of a training, around other groups."""
    return Training(groups=groups, clip=training.clip, accumulation=training.accumulation, average=training.average)


def counting_batches(training: Training[Rule]) -> Training[Rule]:
    """The training whose schedules count micro-batches, in updates: n k + n - 1 at update k.

    Keras asks its schedules for the step `_iterations`, which all calls of `apply` add to.
    """
    batches = training.accumulation.batches if training.accumulation is not None else 1

    def counted(rule: Rule) -> Rule:
        rate = rule.learning_rate
        if not isinstance(rate, Schedule):
            return rule
        return replace(rule, learning_rate=Clock(of=rate, times=batches, plus=batches - 1))

    return over_groups(training, counted)


def code(optimizer: Trainable) -> str:
    """What is run, as a line of code: equal optimizers give equal code."""
    match optimizer:
        case NativeCall():
            return optimizer.code()
        case Training():
            groups = [f"{one.tensors.describe()}: {_in_one_line(code(one.optimizer))}" for one in optimizer.groups]
            parts = [optimizer.clip, optimizer.accumulation, optimizer.average]
            return "; ".join([*groups, *(repr(part) for part in parts if part is not None)])
        case _:
            return f"drop-in {optimizer!r}"


def _in_one_line(code: str) -> str:
    return code.replace("\n", ", ")
