"""The parts of a rule or of a whole training, by name: where two of them differ, and what lies between the two."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from comparisons.names import BadInput
from comparisons.rules import Clip, Rule, Schedule
from comparisons.rules.schedules import Clock
from comparisons.rules.training import ALL, Accumulation, Average, Group, Training, whole

Path = tuple[str | int, ...]
Subject = Rule | Training[Rule]
OF_CLOCK = tuple(f"learning_rate.{field}" for field in ("times", "plus", "per"))
Parts = Mapping[str, tuple[Path, ...]]  # name to where its values are


def comparable(source: Subject, target: Subject) -> tuple[Subject, Subject]:
    """The two as they are if both are rules; else as trainings of the same groups.

    Raises:
        BadInput: their groups pick tensors in two ways, or are of two families.
    """
    if isinstance(source, Training) or isinstance(target, Training):
        one, other = (some if isinstance(some, Training) else whole(some) for some in (source, target))
        one, other = _grouped_as(one, other), _grouped_as(other, one)
        if [group.tensors for group in one.groups] != [group.tensors for group in other.groups]:
            raise BadInput("the groups of the two trainings pick their tensors in two ways; give both the same groups")
        for ours, theirs in zip(one.groups, other.groups, strict=True):
            _check_family(ours.optimizer, theirs.optimizer)
        return _clocked(one, other), _clocked(other, one)
    _check_family(source, target)
    return source, target


def _grouped_as(training: Training[Rule], other: Training[Rule]) -> Training[Rule]:
    """A training of one group, with that of the other's groups."""
    if [group.tensors for group in training.groups] != [ALL] or other.groups[-1].tensors != ALL:
        return training
    optimizer = training.groups[0].optimizer
    clip = training.clip or optimizer.clip
    alone = replace(optimizer, clip=None if training.clip is None else optimizer.clip)
    groups = tuple(Group(tensors=group.tensors, optimizer=alone) for group in other.groups)
    return replace(training, groups=groups, clip=clip)


def _clocked(training: Training[Rule], other: Training[Rule]) -> Training[Rule]:
    """The training with a clock of updates for each schedule beside which the other's has one of something else."""
    groups = []
    for group, beside in zip(training.groups, other.groups, strict=True):
        rate, theirs = group.optimizer.learning_rate, beside.optimizer.learning_rate
        if isinstance(theirs, Clock) and isinstance(rate, Schedule) and not isinstance(rate, Clock):
            group = replace(group, optimizer=replace(group.optimizer, learning_rate=Clock(of=rate)))
        groups.append(group)
    return replace(training, groups=tuple(groups))


def _check_family(one: Rule, other: Rule) -> None:
    if type(one) is not type(other):
        families = f"{type(one).__name__} and {type(other).__name__}"
        raise BadInput(f"{families} are different optimizers, not one with other settings; explain one of them")


def differences(source: Subject, target: Subject) -> Parts:
    """What differs between two that are `comparable`: a field of all groups that have another is one part."""
    if not isinstance(source, Training):
        names = [field.name for field in fields(source)]
        return {name: ((name,),) for name in names if getattr(source, name) != getattr(target, name)}
    found: dict[str, list[Path]] = {}
    paths = list(_differing(source, target, ()))
    for path in paths:
        found.setdefault(_name(source, path, paths), []).append(path)
    return {name: tuple(some) for name, some in found.items()}


def _differing(one: Any, other: Any, path: Path) -> Iterator[Path]:
    if one == other:
        return
    match one, other:
        case (Training(), Training()) | (Accumulation(), Accumulation()) | (Average(), Average()):
            inner = [field.name for field in fields(one)]
        case Group(), Group():
            inner = ["optimizer"]
        case (tuple(), tuple()) if path == ("groups",):
            for i, pair in enumerate(zip(one, other, strict=True)):
                yield from _differing(*pair, (*path, i))
            return
        case _ if type(one) is type(other) and isinstance(one, Rule | Clip | Clock):
            inner = [field.name for field in fields(one)]
        case _:
            yield path
            return
    for name in inner:
        yield from _differing(getattr(one, name), getattr(other, name), (*path, name))


def _name(source: Training[Rule], path: Path, differing: list[Path]) -> str:
    match path:
        case ("groups", int(i), "optimizer", *inner):
            field = ".".join(map(str, inner)).removesuffix(".of")
            if field in OF_CLOCK:
                field = "schedule clock"
            everywhere = all(("groups", j, "optimizer", *inner) in differing for j in range(len(source.groups)))
            tensors = source.groups[i].tensors
            return field if everywhere else f"{field} [{'the rest' if tensors == ALL else tensors.describe()}]"
        case _:
            return ".".join(map(str, path))


def shown(subject: Any, path: Path) -> object:
    """The value at a path; of a schedule's clock, what it counts."""
    for key in path:
        if isinstance(subject, Clock) and key != "of":
            return counted(subject)
        subject = subject[key] if isinstance(key, int) else getattr(subject, key)
    return subject


def counted(clock: Clock) -> str:
    """What a schedule counts, in words."""
    match clock.times, clock.plus, clock.per:
        case 1, 0, 1:
            return "updates"
        case times, plus, 1 if plus == times - 1:
            return f"batches, {times} an update"
        case 1, 0, per:
            return f"epochs of {per} updates"
        case times, plus, per:
            return f"({times} k + {plus:g}) / {per}"


def merged(source: Any, target: Any, paths: list[Path]) -> Any:
    """The source with what is at these paths taken from the target, each record made once.

    Raises:
        BadInput: there is no such record.
    """
    if () in paths:
        return target
    inner: dict[str | int, list[Path]] = {}
    for first, *rest in paths:
        inner.setdefault(first, []).append(tuple(rest))
    if isinstance(source, tuple):
        return tuple(merged(one, target[i], inner.get(i, [])) for i, one in enumerate(source))
    changes: dict[str, Any] = {
        str(name): merged(getattr(source, str(name)), getattr(target, str(name)), some) for name, some in inner.items()
    }
    return replace(source, **changes) if changes else source
