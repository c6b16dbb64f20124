"""Whole trainings, whose groups are calls of a framework or rules."""

from collections.abc import Callable

from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.rules.training import Group, Training, plain, whole

Optimizer = NativeCall | Rule
Trainable = NativeCall | Rule | Training[NativeCall | Rule]  # what an implementation trains by


def training_of(optimizer: Trainable) -> Training[Optimizer]:
    """A training as it is; an optimizer by itself as that of all tensors."""
    return optimizer if isinstance(optimizer, Training) else whole(optimizer)


def simplest(training: Training[Optimizer]) -> Trainable:
    """The optimizer, where the training is no more than that."""
    alone = plain(training)
    return training if alone is None else alone


def calls_of(optimizer: Trainable) -> list[NativeCall]:
    """The calls among the optimizers of the groups."""
    return [one for group in training_of(optimizer).groups if isinstance(one := group.optimizer, NativeCall)]


def native(training: Training[Optimizer]) -> Training[NativeCall] | None:
    """The training, where all groups are calls: what surrounds them is then done as the framework does it."""
    groups = [
        Group(tensors=group.tensors, optimizer=one)
        for group in training.groups
        if isinstance(one := group.optimizer, NativeCall)
    ]
    if len(groups) < len(training.groups):
        return None
    return Training(
        groups=tuple(groups), clip=training.clip, accumulation=training.accumulation, average=training.average
    )


def over_groups(training: Training[Optimizer], changed: Callable[[Optimizer], Rule]) -> Training[Rule]:
    """The training with another optimizer in each group."""
    groups = tuple(Group(tensors=group.tensors, optimizer=changed(group.optimizer)) for group in training.groups)
    return Training(groups=groups, clip=training.clip, accumulation=training.accumulation, average=training.average)


def code(optimizer: Trainable) -> str:
    """What is run, as a line of code: equal optimizers give equal code."""
    match optimizer:
        case NativeCall():
            return optimizer.code()
        case Training():
            groups = [f"{group.tensors!r}: {code(group.optimizer)}" for group in optimizer.groups]
            around = [optimizer.clip, optimizer.accumulation, optimizer.average]
            return "; ".join([*groups, *(repr(part) for part in around if part is not None)])
        case _:
            return f"drop-in {optimizer!r}"
