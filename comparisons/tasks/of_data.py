"""A task from the data that a manifest keeps of it: what `dataclasses.asdict` makes, gone through JSON."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from comparisons.names import BadInput
from comparisons.rules.loop import Loop, Tensors
from comparisons.rules.recipe import Recipe
from comparisons.tasks.sources import Bundled, CsvFile, Given, LinearTarget, NormalLine, NpzFile
from comparisons.tasks.spec import FanIn, Network, Normal, Point, TaskSpec, Values

# The records that stand for one another in a task; no two have the same fields.
SOURCES = (Given, NormalLine, LinearTarget, Bundled, CsvFile, NpzFile)
MODELS = (Point, Network)
WEIGHTS = (Normal, FanIn, Values)


def task_of(data: Mapping[str, Any]) -> TaskSpec:
    """The task.

    Raises:
        BadInput: it is not the data of a task.
    """
    try:
        model = dict(data["model"])
        if "weights" in model:
            model["weights"] = _record(WEIGHTS, model["weights"])
        parts = {
            "data": _record(SOURCES, data["data"]),
            "model": _record(MODELS, model),
            "recipes": tuple(_recipe(recipe) for recipe in data["recipes"]),
        }
        return TaskSpec(**{**data, **parts})
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise BadInput(f"not the data of a task ({error!r})") from None


def _recipe(data: Mapping[str, Any]) -> Recipe:
    """A recipe, with its loop if it has one."""
    loop = data.get("loop")
    if loop is None:
        return Recipe(**data)
    tensors = tuple(Tensors(**one) for one in loop["tensors"])
    return Recipe(**{**data, "loop": Loop(**{**loop, "tensors": tensors})})


def _record(kinds: tuple[type, ...], data: Mapping[str, Any]) -> Any:
    """The one of the records that has these fields."""
    kind = next(kind for kind in kinds if {field.name for field in fields(kind)} == set(data))
    return kind(**{name: _frozen(value) for name, value in data.items()})


def _frozen(value: Any) -> Any:
    """JSON has lists where the records have tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
