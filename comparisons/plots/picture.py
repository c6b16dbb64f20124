"""What is drawn: checked, of one task, in order, and looked up by panel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from comparisons.frameworks.column import in_order
from comparisons.names import DTYPES, BadInput, Dtype, Framework, Level, unknown
from comparisons.plots.curves import CELL, Array, Band, Cell, band, cells, divergence, steps_per_point
from comparisons.tasks.sources import Given
from comparisons.tasks.spec import Point, TaskSpec
from comparisons.training.levels import origin_of, runs

T = TypeVar("T")
Name = TypeVar("Name", bound=str)

EQUAL: dict[Level, str] = {
    "as-written": "equal: the recipe; each framework's own defaults fill it in",
    "same-numbers": "equal: every hyperparameter, as {source} has it",
    "same-rule": "equal: the update rule too; what is left is rounding",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The curves of one task, and the names they go by, each in its fixed order.

    Args:
        source: to which gaps are taken.
        dtype: of all panels but the gaps', which show every dtype.
        seeds: how many there are.
        losses, train_accuracy, test_accuracy: tables (seeds, steps).
        paths: (steps + 1, 2), of the first seed.
        ends: start and optimum of the paths; None if there are no paths, or no known optimum.
    """

    task: TaskSpec
    source: Framework
    dtype: Dtype
    optimizers: tuple[str, ...]
    levels: tuple[Level, ...]
    dtypes: tuple[Dtype, ...]
    frameworks: tuple[Framework, ...]
    seeds: int
    losses: dict[Cell, pd.DataFrame]
    train_accuracy: dict[Cell, pd.DataFrame]
    test_accuracy: dict[Cell, pd.DataFrame]
    paths: dict[Cell, Array]
    ends: tuple[Array, Array] | None

    def equal(self, level: Level) -> str:
        """What is equal at the level; where the source has no such optimizer, whose numbers are taken."""
        recipes = [recipe for recipe in self.task.recipes if recipe.label in self.optimizers]
        origins = {recipe.label: origin_of(recipe, self.source) for recipe in recipes}
        others = dict.fromkeys(name for name in origins.values() if name != self.source)
        named = {name: ", ".join(label for label, origin in origins.items() if origin == name) for name in others}
        instead = [f" ({name}: {labels})" for name, labels in named.items() if level == "same-numbers"]
        return EQUAL[level].format(source=self.source) + "".join(instead)

    def compared(self, optimizer: str, level: Level) -> tuple[Framework, ...]:
        """The frameworks that have such an optimizer, or at this level a drop-in for it; gaps are to the first of them.

        That is the source, if it is one of them.
        """
        recipe = next(recipe for recipe in self.task.recipes if recipe.label == optimizer)
        present = (name for name in self.frameworks if runs(name, recipe, level))
        return tuple(sorted(present, key=lambda name: name != self.source))

    @property
    def aside(self) -> Literal["path", "accuracy"] | None:
        """What the third panel of a block shows, if there is one."""
        return "path" if self.ends else "accuracy" if self.train_accuracy or self.test_accuracy else None

    @property
    def steps_per_point(self) -> int:
        """How many steps become one point of a curve."""
        return steps_per_point(self.task.steps, noisy=self.task.batch is not None)

    def pick(
        self, of: Mapping[Cell, T], optimizer: str, level: Level, dtype: Dtype | None = None
    ) -> dict[Framework, T]:
        """The curves that lie in one panel."""
        keys = {name: (optimizer, level, dtype or self.dtype, name) for name in self.frameworks}
        return {name: of[key] for name, key in keys.items() if key in of}

    def bands(self, optimizer: str, level: Level) -> dict[Framework, Band]:
        """What is drawn of the losses in one panel."""
        tables = self.pick(self.losses, optimizer, level)
        return {name: band(table, self.steps_per_point, np.median) for name, table in tables.items()}

    def remarks(self, optimizer: str, level: Level) -> dict[Framework, str]:
        """What is to be said of the losses in one panel; nothing of a curve that is whole."""
        tables, compared = self.pick(self.losses, optimizer, level), self.compared(optimizer, level)
        words = dict.fromkeys(self.frameworks, "no such optimizer") | dict.fromkeys(compared, "no curve")
        return words | {name: divergence(table) for name, table in tables.items()}


def arrange(
    task: TaskSpec, losses: pd.DataFrame, metrics: pd.DataFrame, paths: pd.DataFrame, source: Framework
) -> Picture:
    """The picture of `task`, whose rows are taken from the frames.

    Raises:
        BadInput: there is no loss of the task, or an unknown name.
    """
    losses, metrics, paths = (frame[frame["task"] == task.name] for frame in (losses, metrics, paths))
    if losses.empty:
        raise BadInput(f"nothing to plot: no losses of task '{task.name}'; train it first")
    dtypes = _in_order("dtype", losses["dtype"], DTYPES)
    frameworks = tuple(in_order(losses["framework"]))
    return Picture(
        task=task,
        source=source if source in frameworks else frameworks[0],
        dtype="float64" if "float64" in dtypes else "float32",
        optimizers=_in_order("optimizer", losses["optimizer"], [recipe.label for recipe in task.recipes]),
        levels=_in_order("level", losses["level"], EQUAL),
        dtypes=dtypes,
        frameworks=frameworks,
        seeds=losses["seed"].nunique(),
        losses=cells(losses, "loss"),
        train_accuracy=cells(metrics[metrics["metric"] == "train_accuracy"], "value"),
        test_accuracy=cells(metrics[metrics["metric"] == "test_accuracy"], "value"),
        paths=_first_seeds(paths),
        ends=None if paths.empty else _ends(task),
    )


def _in_order(kind: str, present: Iterable[str], known: Iterable[Name]) -> tuple[Name, ...]:
    """The known names that are present, in the known order."""
    names, known = set(present), list(known)
    for name in sorted(names.difference(known)):
        raise BadInput(unknown(kind, name, known))
    return tuple(name for name in known if name in names)


def _ends(task: TaskSpec) -> tuple[Array, Array] | None:
    """Start and optimum, if the parameters are a point in the plane and the loss a squared distance; else None."""
    if not isinstance(task.model, Point) or not isinstance(task.data, Given) or task.classifies:
        return None
    start = np.array(task.model.start)
    return (start, np.mean(task.data.targets, axis=0)) if len(start) == 2 else None


def _first_seeds(paths: pd.DataFrame) -> dict[Cell, Array]:
    """For each optimizer, level, dtype and framework, the path (steps + 1, 2) of the first seed."""
    first = paths[paths["seed"] == paths["seed"].min()].sort_values("step")
    return {key: frame[["x0", "x1"]].to_numpy() for key, frame in first.groupby(CELL)}
