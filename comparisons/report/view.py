"""What the page shows, put together from a comparison: a task, its optimizers, their panels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import numpy as np

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.frame import KEY
from comparisons.analysis.gaps import scaled_gap
from comparisons.frameworks.trainings import code
from comparisons.names import DTYPES, Dtype, Level
from comparisons.report import asides, layout, words
from comparisons.report.axes import Axis, Scale, axes_for
from comparisons.report.drawing import outline
from comparisons.report.values import Values, summary
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Panel
from comparisons.training.contract import History

SEEDS = 5  # with more, a curve is the median of them, within a band
Row = Mapping[Any, Any]
CurveOf = tuple[Panel, Dtype, str]  # a panel, a dtype and a column


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A curve: the place of its column among the frameworks, its dtype, and its path."""

    column: int
    dtype: Dtype
    path: str
    area: str = ""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The gap of one framework in a panel, in the finest dtype: what is said of it, and what makes it."""

    column: int
    row: Row
    told: str
    parts: Sequence[Row] = ()
    dtype: Dtype


@dataclass(frozen=True, kw_only=True)
class PanelView:
    """The curves of one optimizer at one level."""

    anchor: str
    level: Level
    equal: str
    losses: Sequence[Stroke]
    gap_curves: Sequence[Stroke]
    gaps: Sequence[Gap]
    absent: Sequence[str]
    aside: asides.Aside | None


@dataclass(frozen=True, kw_only=True)
class RecipeView:
    """One optimizer of a task."""

    recipe: Recipe
    anchor: str
    axis: Axis
    panels: Sequence[PanelView]
    calls: Sequence[tuple[int, str, Sequence[Level]]]
    times: Sequence[tuple[int, float, float]]

    def paths(self) -> Iterator[str]:
        """The paths of all its curves, and of what is beside them."""
        for panel in self.panels:
            yield from (stroke.path for stroke in (*panel.losses, *panel.gap_curves))
            yield from panel.aside.paths() if panel.aside else ()


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """One task."""

    task: TaskSpec
    anchor: str
    recipes: Sequence[RecipeView]


@dataclass
class Builder:
    """Goes through a comparison once, and keeps every value of its curves for the script."""

    comparison: Comparison
    values: Values = field(default_factory=Values)
    panels: dict[str, dict[str, Any]] = field(default_factory=dict)
    axes: dict[str, dict[Scale, dict[str, Any]]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The ids of the columns."""
        return self.comparison.frameworks

    @cached_property
    def dtypes(self) -> tuple[Dtype, ...]:
        """Those that were run, the finest first: it is the one that is shown."""
        ran = {cell.dtype for cell in self.comparison.cells}
        return tuple(dtype for dtype in reversed(DTYPES) if dtype in ran)

    @cached_property
    def cells(self) -> dict[tuple[Panel, Dtype], dict[str, Cell]]:
        """The cells of each panel and dtype, by column."""
        found: dict[tuple[Panel, Dtype], dict[str, Cell]] = {}
        for cell in self.comparison.cells:
            found.setdefault((cell.key.panel, cell.dtype), {})[cell.framework] = cell
        return found

    @cached_property
    def gaps(self) -> dict[tuple[Any, ...], Row]:
        """A row for each key and framework; of several seeds as `over_seeds` has it."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.comparison.gaps().to_dict("records"):
            found.setdefault((*(row[name] for name in KEY), row["framework"]), []).append(row)
        return {key: over_seeds(rows) for key, rows in found.items()}

    @cached_property
    def parts(self) -> dict[tuple[Any, ...], list[Row]]:
        """The rows of the explanations of each key and framework."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.comparison.explanations().to_dict("records"):
            found.setdefault((*(row[name] for name in KEY), row["framework"]), []).append(row)
        return found

    def tasks(self) -> list[TaskView]:
        """All tasks."""
        return [
            TaskView(task=task, anchor=anchor(task.name), recipes=[self._recipe(task, one) for one in task.recipes])
            for task in self.comparison.tasks
        ]

    def history(self, panel: Panel, dtype: Dtype, framework: str) -> History | None:
        """What came of a cell, if it has curves."""
        cell = self.cells.get((panel, dtype), {}).get(framework)
        outcome = self.comparison.outcomes.get(cell.job) if cell else None
        return outcome if isinstance(outcome, History) else None

    def _levels(self, task: TaskSpec, recipe: Recipe) -> list[Level]:
        of = (cell.level for cell in self.comparison.cells if (cell.task, cell.optimizer) == (task.name, recipe.label))
        return list(dict.fromkeys(of))

    def _recipe(self, task: TaskSpec, recipe: Recipe) -> RecipeView:
        places = [Panel(task.name, recipe.label, level) for level in self._levels(task, recipe)]
        losses = {
            (panel, dtype, name): history.losses
            for dtype in self.dtypes
            for panel in places
            for name in self.columns
            if (history := self.history(panel, dtype, name))
        }
        axes = axes_for([curve for key, table in losses.items() for curve in summary(table, SEEDS)])
        here = anchor(task.name, recipe.label)
        self.axes[here] = {scale: _axis_data(axis) for scale, axis in axes.items()}
        self._keep(losses)
        usual = next(iter(axes.values()))
        return RecipeView(
            recipe=recipe,
            anchor=here,
            axis=usual,
            panels=[self._panel(task, recipe, panel, usual, losses) for panel in places],
            calls=self._calls(places),
            times=self._times(places),
        )

    def _keep(self, losses: Mapping[CurveOf, Array]) -> None:
        """Put all curves of a recipe among the values: of each, what comes before it may predict it."""
        put: dict[int, dict[CurveOf, int]] = {}
        for (panel, dtype, name), table in losses.items():
            data = self.panels.setdefault(anchor(*panel), {"reference": self._reference(panel), "curves": {}})
            places = data["curves"].setdefault(dtype, {}).setdefault(self.columns.index(name), [])
            for replica, curve in enumerate(summary(table, SEEDS)):
                known = put.setdefault(replica, {})
                near = [place for other, place in known.items() if _alike(other, (panel, dtype, name))]
                place = self.values.put(curve, near)
                known[panel, dtype, name] = place
                places.append(place)

    def _reference(self, panel: Panel) -> int | None:
        name = self.comparison.references.get(panel)
        return None if name is None else self.columns.index(name)

    def _panel(
        self,
        task: TaskSpec,
        recipe: Recipe,
        panel: Panel,
        axis: Axis,
        losses: Mapping[CurveOf, Array],
    ) -> PanelView:
        finest = self.dtypes[0]
        here = {name: losses[panel, finest, name] for name in self.columns if (panel, finest, name) in losses}
        compared = self.cells[panel, finest]
        return PanelView(
            anchor=anchor(*panel),
            level=panel.level,
            equal=words.LEVELS[panel.level][0],
            losses=[_stroke(self.columns.index(name), finest, table, axis) for name, table in here.items()],
            gap_curves=list(self._gap_curves(panel, losses)),
            gaps=[gap for name in self.columns if (gap := self._gap(panel, name))],
            absent=[words.title(name) for name in self.columns if name not in compared],
            aside=asides.aside(task, {name: self.history(panel, finest, name) for name in self.columns}),
        )

    def _gap_curves(self, panel: Panel, losses: Mapping[CurveOf, Array]) -> Iterator[Stroke]:
        """The gap of each framework but the reference's in each dtype, the coarsest below; of seeds, the largest."""
        reference = self.comparison.references.get(panel)
        for dtype in reversed(self.dtypes):
            for name in self.columns:
                one, other = losses.get((panel, dtype, name)), losses.get((panel, dtype, reference or ""))
                if name != reference and one is not None and other is not None:
                    gap = scaled_gap(one, other)
                    largest = np.where(np.isnan(gap), -np.inf, gap).max(axis=0)
                    yield Stroke(column=self.columns.index(name), dtype=dtype, path=layout.gaps_path(largest))

    def _gap(self, panel: Panel, name: str) -> Gap | None:
        """What is said of a framework's gap: in the finest dtype in which it has one."""
        for dtype in self.dtypes:
            key = (*panel, dtype, name)
            if key in self.gaps:
                row, parts = self.gaps[key], self.parts.get(key, [])
                text = words.told(row, parts)
                if parts and len(self.comparison.seeds) > 1:
                    text = f"{text.removesuffix('.')}, of the first seed."
                return Gap(column=self.columns.index(name), row=row, told=text, parts=parts, dtype=dtype)
        return None

    def _calls(self, places: Sequence[Panel]) -> list[tuple[int, str, Sequence[Level]]]:
        """Column, code and levels of each call of a recipe; it is the same in every dtype."""
        found: dict[tuple[str, str], list[Level]] = {}
        for panel in places:
            for name, cell in self.cells[panel, self.dtypes[0]].items():
                found.setdefault((name, code(cell.call)), []).append(panel.level)
        order = sorted(found, key=lambda key: self.columns.index(key[0]))
        return [(self.columns.index(name), text, found[name, text]) for name, text in order]

    def _times(self, places: Sequence[Panel]) -> list[tuple[int, float, float]]:
        """Column, seconds of building and of training, in the finest dtype, at the first level that has a curve."""
        found: dict[str, tuple[float, float]] = {}
        for name in self.columns:
            for panel in places:
                if history := self.history(panel, self.dtypes[0], name):
                    found.setdefault(name, (history.seconds_setup, history.seconds_training))
        return [(self.columns.index(name), *seconds) for name, seconds in found.items()]


def over_seeds(rows: Sequence[Row]) -> Row:
    """The gaps of several seeds as one: the worst verdict, the largest gaps, and the medians of the last losses.

    A loss that is not finite counts as larger than all others.
    """
    if len(rows) == 1:
        return rows[0]
    rank = {verdict: place for place, verdict in enumerate(words.VERDICTS)}
    worst = min(rows, key=lambda row: rank.get(row["verdict"], len(rank)))
    found = dict(worst)
    for name in ("max_scaled_gap", "rounding_gap", "first_gap_step"):
        found[name] = max((row[name] for row in rows if not np.isnan(row[name])), default=np.nan)
    for name in ("final_loss", "source_final_loss"):
        losses = np.array([row[name] for row in rows])
        found[name] = float(np.median(np.where(np.isnan(losses), np.inf, losses)))
    return found


def anchor(*parts: str) -> str:
    """What a place on the page is called in its address."""
    return "/".join(quote(part, safe="!'()*") for part in parts)  # as the script's encodeURIComponent


def _alike(one: CurveOf, other: CurveOf) -> bool:
    """Whether the one curve may predict the other: of the same panel or column in its dtype, or of both in another."""
    same = one[0] == other[0], one[2] == other[2]
    return any(same) if one[1] == other[1] else all(same)


def _stroke(column: int, dtype: Dtype, table: Array, axis: Axis) -> Stroke:
    """The curve of one seed; of several the median, within a band from the 5 to the 95 % quantile."""
    if len(table) == 1:
        return Stroke(column=column, dtype=dtype, path=layout.losses_path(table[0], axis))
    low, middle, high = summary(table, 1)
    end = int((~np.isfinite(high)).argmax()) if not np.isfinite(high).all() else len(high)
    every = (
        np.unique(np.linspace(0, end - 1, min(end, layout.LAYOUT.plot // 2)).astype(int)) if end else np.empty(0, int)
    )
    ends = [layout.up(axis.share(curve[every].astype(np.float64)), layout.LAYOUT.losses) for curve in (low, high)]
    area = outline(layout.across(every, len(low)), *ends)
    return Stroke(column=column, dtype=dtype, path=layout.losses_path(middle, axis), area=area)


def _axis_data(axis: Axis) -> dict[str, Any]:
    return {"low": axis.low, "high": axis.high, "ticks": layout.loss_ticks(axis), "beyond": axis.beyond}
