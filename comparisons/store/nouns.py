"""The records of this project as JSON and back: a closed set of frozen dataclasses, which check what they are given."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import ModuleType
from typing import Any

from comparisons import rules
from comparisons.analysis import work
from comparisons.faithful import held
from comparisons.frameworks import call
from comparisons.rules import loop, recipe, schedules, surroundings, training
from comparisons.store.packing import Damaged
from comparisons.tasks import sources, spec
from comparisons.training import cells

HOMES = (rules, schedules, surroundings, training, recipe, loop, call, spec, sources, cells, work, held)
KIND = "^"  # the key of a record's class; no argument of a call begins with it


def as_json(value: Any) -> Any:
    """What JSON can say of a value: of a record its class and fields, of a tuple a list.

    Raises:
        TypeError: it is of a class that is not known.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value)
        case float():
            return float(value)  # NumPy's too
        case tuple():
            return [as_json(part) for part in value]
        case dict():
            return {name: as_json(part) for name, part in value.items()}
    if not is_dataclass(value) or _kinds().get(type(value).__name__) is not type(value):
        raise TypeError(f"{type(value).__name__} is no record that is kept")
    return {KIND: type(value).__name__} | {field.name: as_json(getattr(value, field.name)) for field in fields(value)}


def of_json(value: Any) -> Any:
    """The value again: lists are tuples.

    Raises:
        Damaged: it is not what `as_json` makes, or a record refuses it.
    """
    match value:
        case list():
            return tuple(of_json(part) for part in value)
        case dict() if KIND in value:
            try:
                kind = _kinds()[value[KIND]]
                return kind(**{name: of_json(part) for name, part in value.items() if name != KIND})
            except (LookupError, TypeError, ValueError) as error:
                raise Damaged(f"a record of {value[KIND]!r}: {error}") from error
        case dict():
            return {name: of_json(part) for name, part in value.items()}
        case _:
            return value


@cache
def _kinds() -> dict[str, type]:
    return {one.__name__: one for home in HOMES for one in _records(home)}


def _records(home: ModuleType) -> Iterator[type]:
    for one in vars(home).values():
        if isinstance(one, type) and is_dataclass(one) and not one.__name__.startswith("_"):
            yield one
