"""What is drawn: checked, of one task, in order, and looked up by panel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from comparisons.frameworks.column import column, in_order
from comparisons.names import DTYPES, BadInput, Dtype, Level, unknown
from comparisons.plots.curves import CURVE_KEY, Array, Band, CurveKey, band, cells, divergence, steps_per_point
from comparisons.tasks.sources import Given
from comparisons.tasks.spec import Point, TaskSpec
from comparisons.training.cells import Panel
from comparisons.training.levels import origin_of, runs

T = TypeVar("T")
Name = TypeVar("Name", bound=str)

MOST = 3  # optimizers on a sheet: with the heading, some 900 pixels
EQUAL: dict[Level, str] = {
    "as-written": "equal: the recipe; each framework's own defaults fill it in",
    "same-numbers": "equal: every hyperparameter, as {source} has it",
    "same-rule": "equal: the update rule too; what is left is rounding",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """What is to be drawn of one task, whose rows are taken from the frames.

    Args:
        losses: task, optimizer, level, dtype, framework, seed, step, loss. A run that diverges has inf or NaN.
        gaps: the same with gap, of each curve but that of the reference; NaN where one of the two is not finite.
        metrics: the same with metric ("train_accuracy", "test_accuracy") and value; may be empty.
        paths: the same with x0 and x1; may be empty.
        source: whose numbers `same-numbers` takes.
        reference: to which gaps are taken. references: the same for each panel that has a curve.
    """

    task: TaskSpec
    losses: pd.DataFrame
    gaps: pd.DataFrame
    metrics: pd.DataFrame
    paths: pd.DataFrame
    source: str
    reference: str
    references: Mapping[Panel, str]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The curves of one task, and the names they go by, each in its fixed order.

    Args:
        source: whose numbers `same-numbers` takes.
        reference: to which gaps are taken. references: the same for each panel that has a curve.
        dtype: of all panels but the gaps', which show every dtype.
        seeds: how many there are.
        losses, gaps, train_accuracy, test_accuracy: tables (seeds, steps).
        paths: (steps + 1, 2), of the first seed.
        ends: start and optimum of the paths; None if there are no paths, or no known optimum.
        part: which it is of several sheets.
    """

    task: TaskSpec
    source: str
    reference: str
    references: Mapping[Panel, str]
    dtype: Dtype
    optimizers: tuple[str, ...]
    levels: tuple[Level, ...]
    dtypes: tuple[Dtype, ...]
    frameworks: tuple[str, ...]
    seeds: int
    losses: dict[CurveKey, pd.DataFrame]
    gaps: dict[CurveKey, pd.DataFrame]
    train_accuracy: dict[CurveKey, pd.DataFrame]
    test_accuracy: dict[CurveKey, pd.DataFrame]
    paths: dict[CurveKey, Array]
    ends: tuple[Array, Array] | None
    part: str = ""

    def equal(self, level: Level) -> str:
        """What is equal at the level; where the source has no such optimizer, whose numbers are taken."""
        recipes = [recipe for recipe in self.task.recipes if recipe.label in self.optimizers]
        origins = {recipe.label: origin_of(recipe, self.source) for recipe in recipes}
        others = dict.fromkeys(name for name in origins.values() if name != self.source)
        named = {name: ", ".join(label for label, origin in origins.items() if origin == name) for name in others}
        instead = [f" ({column(name).name}: {labels})" for name, labels in named.items() if level == "same-numbers"]
        return EQUAL[level].format(source=column(self.source).name) + "".join(instead)

    def compared(self, optimizer: str, level: Level) -> tuple[str, ...]:
        """The frameworks that have such an optimizer, or at this level a drop-in for it."""
        recipe = next(recipe for recipe in self.task.recipes if recipe.label == optimizer)
        return tuple(name for name in self.frameworks if runs(name, recipe, level))

    @property
    def aside(self) -> Literal["path", "accuracy"] | None:
        """What the third panel of a block shows, if there is one."""
        return "path" if self.ends else "accuracy" if self.train_accuracy or self.test_accuracy else None

    @property
    def steps_per_point(self) -> int:
        """How many steps become one point of a curve."""
        return steps_per_point(self.task.steps, noisy=self.task.batch is not None)

    def pick(self, of: Mapping[CurveKey, T], optimizer: str, level: Level, dtype: Dtype | None = None) -> dict[str, T]:
        """The curves that lie in one panel."""
        keys = {name: (optimizer, level, dtype or self.dtype, name) for name in self.frameworks}
        return {name: of[key] for name, key in keys.items() if key in of}

    def bands(self, optimizer: str, level: Level) -> dict[str, Band]:
        """What is drawn of the losses in one panel."""
        tables = self.pick(self.losses, optimizer, level)
        return {name: band(table, self.steps_per_point, np.median) for name, table in tables.items()}

    def remarks(self, optimizer: str, level: Level) -> dict[str, str]:
        """The remarks on the losses in one panel; none on a curve that is finite throughout."""
        tables, compared = self.pick(self.losses, optimizer, level), self.compared(optimizer, level)
        words = dict.fromkeys(self.frameworks, "no such optimizer") | dict.fromkeys(compared, "no curve")
        return words | {name: divergence(table) for name, table in tables.items()}

    def gap_tables(self, optimizer: str, level: Level) -> dict[str, dict[Dtype, pd.DataFrame]]:
        """The gaps in one panel."""
        keys = {name: {dtype: (optimizer, level, dtype, name) for dtype in self.dtypes} for name in self.frameworks}
        return {
            name: {dtype: self.gaps[key] for dtype, key in of.items() if key in self.gaps} for name, of in keys.items()
        }

    def gap_remarks(self, optimizer: str, level: Level) -> dict[str, str]:
        """The remarks on the gaps in one panel: equal curves, no gap, or a reference that is not the usual one."""
        compared = self.compared(optimizer, level)
        reference = self.references.get(Panel(self.task.name, optimizer, level))
        known = "" if reference == self.reference else f"compared with {_name(reference)}"
        remarks: dict[str, str] = {}
        for name, tables in self.gap_tables(optimizer, level).items():
            if name in compared and name != reference:
                equal = [dtype for dtype in tables if self._equal(optimizer, level, dtype, name, reference)]
                only = "" if len(equal) == len(tables) else f" in {', '.join(equal)}"
                words = f"identical to {_name(reference)}{only}" if equal else known
                remarks[name] = words if tables else "nothing to compare"
        return remarks

    def _equal(self, optimizer: str, level: Level, dtype: Dtype, *names: str | None) -> bool:
        one, other = (self.losses[optimizer, level, dtype, name] for name in names)
        return one.equals(other)


def _name(reference: str | None) -> str:
    return column(reference).name if reference else "nothing"


def arrange(curves: Curves) -> Picture:
    """The picture of the curves.

    Raises:
        BadInput: there is no loss of the task, or an unknown name.
    """
    task, frames = curves.task, (curves.losses, curves.gaps, curves.metrics, curves.paths)
    losses, gaps, metrics, paths = (frame[frame["task"] == task.name] for frame in frames)
    if losses.empty:
        raise BadInput(f"nothing to plot: no losses of task '{task.name}'; train it first")
    dtypes = _in_order("dtype", losses["dtype"], DTYPES)
    return Picture(
        task=task,
        source=curves.source,
        reference=curves.reference,
        references=curves.references,
        dtype="float64" if "float64" in dtypes else "float32",
        optimizers=_in_order("optimizer", losses["optimizer"], [recipe.label for recipe in task.recipes]),
        levels=_in_order("level", losses["level"], EQUAL),
        dtypes=dtypes,
        frameworks=tuple(in_order(losses["framework"])),
        seeds=losses["seed"].nunique(),
        losses=cells(losses, "loss"),
        gaps=cells(gaps, "gap"),
        train_accuracy=cells(metrics[metrics["metric"] == "train_accuracy"], "value"),
        test_accuracy=cells(metrics[metrics["metric"] == "test_accuracy"], "value"),
        paths=_first_seeds(paths),
        ends=None if paths.empty else _ends(task),
    )


def sheets(picture: Picture) -> list[Picture]:
    """The picture in parts that are no higher than a screen, the optimizers shared out evenly."""
    count = -(-len(picture.optimizers) // MOST)
    if count == 1:
        return [picture]
    ends = [round(i * len(picture.optimizers) / count) for i in range(count + 1)]
    shares = [picture.optimizers[start:end] for start, end in pairwise(ends)]
    return [replace(picture, optimizers=share, part=f"({i} of {count})") for i, share in enumerate(shares, start=1)]


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


def _first_seeds(paths: pd.DataFrame) -> dict[CurveKey, Array]:
    """For each optimizer, level, dtype and framework, the path (steps + 1, 2) of the first seed."""
    first = paths[paths["seed"] == paths["seed"].min()].sort_values("step")
    return {key: frame[["x0", "x1"]].to_numpy() for key, frame in first.groupby(CURVE_KEY)}
