"""The parts of a rule or of a whole training, by name: where two of them differ, and what lies between the two."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from comparisons.names import BadInput
from comparisons.rules import Clip, Rule
from comparisons.rules.training import ALL, Accumulation, Average, Group, Selector, Training, whole

Path = tuple[str | int, ...]
Subject = Rule | Training[Rule]
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
        return one, other
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
        case _ if type(one) is type(other) and isinstance(one, Rule | Clip):
            inner = [field.name for field in fields(one)]
        case _:
            yield path
            return
    for name in inner:
        yield from _differing(getattr(one, name), getattr(other, name), (*path, name))


def _name(source: Training[Rule], path: Path, differing: list[Path]) -> str:
    match path:
        case ("groups", int(i), "optimizer", *inner):
            field = ".".join(map(str, inner))
            everywhere = all(("groups", j, "optimizer", *inner) in differing for j in range(len(source.groups)))
            return field if everywhere else f"{field} [{selected(source.groups[i].tensors)}]"
        case _:
            return ".".join(map(str, path))


def selected(tensors: Selector) -> str:
    """A selector in a few letters."""
    axes = [
        *([f"{tensors.least_axes} axes or more"] if tensors.least_axes is not None else []),
        *([f"{tensors.most_axes} axes or fewer"] if tensors.most_axes is not None else []),
    ]
    without = [f"but {', '.join(tensors.without)}"] if tensors.without else []
    words = [*([", ".join(tensors.names)] if tensors.names else []), *axes, *without]
    return tensors.label or " ".join(words) or ("the rest" if tensors == ALL else "")


def at(subject: Any, path: Path) -> Any:
    """The value at a path."""
    for key in path:
        subject = subject[key] if isinstance(key, int) else getattr(subject, key)
    return subject


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
