"""Grids: the values that a field of a recipe takes, and the recipe at each point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from comparisons.names import BadInput, unknown
from comparisons.rules.loop import RANGES_OF_LOOP, Loop, Tensors
from comparisons.rules.recipe import HYPERPARAMETERS, Recipe

MOST = 10_000  # values of a grid, and points of all grids together
DIGITS = 12  # of a value between the ends: 1e-3 and not 0.0010000000000000002
FORM = "write LOW:HIGH:log:COUNT, LOW:HIGH:linear:COUNT or VALUE,VALUE,..."
Point = dict[str, float]  # field to value


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A field of a recipe and its values, rising.

    Args:
        field: a hyperparameter (`learning_rate`), a field of the recipe's loop (`clip_norm`), or one of a group of
            tensors, by the pattern of their names (`bias*.weight_decay`).
        values: each once.

    Raises:
        BadInput: there is no value, one is twice or no finite number.
    """

    field: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or len(self.values) > MOST:
            raise BadInput(f"grid '{self.field}': has {len(self.values):,} values; give 1 to {MOST:,}")
        if not all(np.isfinite(self.values)):
            raise BadInput(f"grid '{self.field}': a value is no finite number; {FORM}")
        if len(set(self.values)) < len(self.values):
            raise BadInput(f"grid '{self.field}': a value is given twice; give each once")
        object.__setattr__(self, "values", tuple(sorted(float(value) for value in self.values)))


def read_grid(text: str) -> Grid:
    """The grid that `FIELD=VALUES` says.

    >>> read_grid("learning_rate=1e-3:1e-1:log:3").values
    (0.001, 0.01, 0.1)

    Raises:
        BadInput: it is no such text.
    """
    field, equals, values = text.partition("=")
    if not field or not equals:
        raise BadInput(f"grid '{text}': has no field; write FIELD=VALUES, such as learning_rate=1e-4:1e0:log:13")
    return Grid(field=field.strip(), values=read_values(field.strip(), values))


def read_values(field: str, text: str) -> tuple[float, ...]:
    """The values that the text says: from one to another in equal steps or in equal factors, or one by one.

    Raises:
        BadInput: it is no such text.
    """
    match text.split(":"):
        case [listed]:
            return tuple(_number(field, part) for part in listed.split(","))
        case [low, high, "log" | "linear" as kind, count]:
            return _between(field, _number(field, low), _number(field, high), kind, count)
        case _:
            raise BadInput(f"grid '{field}': is '{text}'; {FORM}")


def _between(field: str, low: float, high: float, kind: str, count: str) -> tuple[float, ...]:
    if not count.strip().isdecimal() or not 1 <= int(count) <= MOST:
        raise BadInput(f"grid '{field}': the count is '{count}'; it must be a whole number from 1 to {MOST:,}")
    if not low < high or (kind == "log" and low <= 0):
        least = "above 0 and " if kind == "log" else ""
        raise BadInput(f"grid '{field}': goes from {low:g} to {high:g}; the first must be {least}below the second")
    spaced = np.geomspace if kind == "log" else np.linspace
    return tuple(float(f"{value:.{DIGITS}g}") for value in spaced(low, high, int(count)))


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"grid '{field}': '{text}' is no number; {FORM}") from None


def points_of(grids: Sequence[Grid]) -> list[Point]:
    """All points, the last grid's values innermost; one that changes nothing if there are no grids.

    Raises:
        BadInput: a field has two grids, or there are too many points.
    """
    fields = [grid.field for grid in grids]
    if twice := {field for field in fields if fields.count(field) > 1}:
        raise BadInput(f"grid '{min(twice)}' is given twice; give all its values at once")
    count = int(np.prod([len(grid.values) for grid in grids], dtype=object)) if grids else 1
    if count > MOST:
        raise BadInput(f"the grids have {count:,} points together; give at most {MOST:,}")
    return [dict(zip(fields, values, strict=True)) for values in product(*(grid.values for grid in grids))]


def at(recipe: Recipe, point: Mapping[str, float]) -> Recipe:
    """The recipe with the point's values in place of its own.

    Raises:
        BadInput: the recipe has no such field, or the value is out of its range.
    """
    own = {field: value for field, value in point.items() if field in HYPERPARAMETERS[recipe.optimizer]}
    loop = {field: value for field, value in point.items() if field in RANGES_OF_LOOP}
    tensors = [(*field.rpartition(".")[::2], value) for field, value in point.items() if "." in field]
    changes: dict[str, Any] = dict(own)
    if loop or tensors:
        before = recipe.loop or Loop()
        fields: dict[str, Any] = loop
        changes["loop"] = replace(before, **fields, tensors=_with_own(before.tensors, tensors))
    if left := [field for field in point if field not in own and field not in loop and "." not in field]:
        known = [*HYPERPARAMETERS[recipe.optimizer], *RANGES_OF_LOOP, "PATTERN.weight_decay"]
        raise BadInput(f"grid of {recipe.label}: " + unknown("field", left[0], known))
    return replace(recipe, **changes)


def _with_own(tensors: tuple[Tensors, ...], given: Iterable[tuple[str, str, float]]) -> tuple[Tensors, ...]:
    """The groups of tensors with numbers of their own; a new group comes first, where it takes its tensors."""
    found = {one.names: one for one in tensors}
    for names, field, value in given:
        if field not in ("learning_rate", "weight_decay"):
            raise BadInput(f"grid '{names}.{field}': " + unknown("field", field, ("learning_rate", "weight_decay")))
        change: dict[str, Any] = {field: value}
        if names in found:
            found[names] = replace(found[names], **change)
        else:
            found = {names: Tensors(names=names, **change)} | found
    return tuple(found.values())
