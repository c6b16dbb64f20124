"""Puts what the page shows together from a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comparisons.frameworks.trainings import code
from comparisons.names import Level
from comparisons.report import asides, layout, words
from comparisons.report.axes import Axis, Scale, axes_for
from comparisons.report.lookups import CurveOf, Lookups
from comparisons.report.strokes import gap_curves, stroke
from comparisons.report.values import Values, summary
from comparisons.report.view import Gap, PanelView, RecipeView, TaskView, anchor
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training.cells import Panel

SEEDS = 5  # with more, a curve is the median of them, within a band


@dataclass(frozen=True)
class Builder:
    """Goes through a comparison once, and keeps for the script every value of its curves, and where they are drawn.

    `panels` has for each anchor its reference and, by dtype and column, the places of its curves among the values;
    `axes` for each anchor of a recipe its axes of losses, by scale, the usual one first.
    """

    of: Lookups
    values: Values = field(default_factory=Values)
    panels: dict[str, dict[str, Any]] = field(default_factory=dict)
    axes: dict[str, dict[Scale, dict[str, Any]]] = field(default_factory=dict)

    def tasks(self) -> list[TaskView]:
        """All tasks."""
        return [
            TaskView(task=task, anchor=anchor(task.name), recipes=[self._recipe(task, one) for one in task.recipes])
            for task in self.of.comparison.tasks
        ]

    def _recipe(self, task: TaskSpec, recipe: Recipe) -> RecipeView:
        places = self.of.panels(task.name, recipe.label)
        losses = self.of.losses(places)
        axes = axes_for([curve for table in losses.values() for curve in summary(table, SEEDS)])
        here = anchor(task.name, recipe.label)
        self.axes[here] = {scale: _axis_data(axis) for scale, axis in axes.items()}
        self._keep(losses)
        usual = next(iter(axes.values()))
        return RecipeView(
            recipe=recipe,
            anchor=here,
            axis=usual,
            panels=[self._panel(task, panel, usual, losses) for panel in places],
            calls=self._calls(places),
            times=self._times(places),
        )

    def _keep(self, losses: Mapping[CurveOf, Array]) -> None:
        """Put all curves of a recipe among the values: of each, what comes before it may predict it."""
        put: dict[int, dict[CurveOf, int]] = {}
        for (panel, dtype, name), table in losses.items():
            data = self.panels.setdefault(anchor(*panel), {"reference": self.of.reference(panel), "curves": {}})
            places = data["curves"].setdefault(dtype, {}).setdefault(self.of.columns.index(name), [])
            for replica, curve in enumerate(summary(table, SEEDS)):
                known = put.setdefault(replica, {})
                near = [place for other, place in known.items() if _alike(other, (panel, dtype, name))]
                place = self.values.put(curve, near)
                known[panel, dtype, name] = place
                places.append(place)

    def _panel(self, task: TaskSpec, panel: Panel, axis: Axis, losses: Mapping[CurveOf, Array]) -> PanelView:
        finest = self.of.dtypes[0]
        here = {name: losses[panel, finest, name] for name in self.of.columns if (panel, finest, name) in losses}
        compared = self.of.cells[panel, finest]
        return PanelView(
            anchor=anchor(*panel),
            level=panel.level,
            equal=words.LEVELS[panel.level][0],
            losses=[stroke(self.of.columns.index(name), finest, table, axis) for name, table in here.items()],
            gap_curves=list(gap_curves(self.of, panel, losses)),
            gaps=[gap for name in self.of.columns if (gap := self._gap(panel, name))],
            absent=[words.title(name) for name in self.of.columns if name not in compared],
            aside=asides.aside(task, {name: self.of.history(panel, finest, name) for name in self.of.columns}),
        )

    def _gap(self, panel: Panel, name: str) -> Gap | None:
        """What is said of a framework's gap: in the finest dtype in which it has one."""
        for dtype in self.of.dtypes:
            key = (*panel, dtype, name)
            if key in self.of.gaps:
                row, parts = self.of.gaps[key], self.of.parts.get(key, [])
                text = words.told(row, parts)
                if parts and len(self.of.comparison.seeds) > 1:
                    text = f"In the first seed, {text}"
                return Gap(column=self.of.columns.index(name), row=row, told=text, parts=parts, dtype=dtype)
        return None

    def _calls(self, places: Sequence[Panel]) -> list[tuple[int, str, Sequence[Level]]]:
        """Column, code and levels of each call of a recipe; it is the same in every dtype."""
        found: dict[tuple[str, str], list[Level]] = {}
        for panel in places:
            for name, cell in self.of.cells[panel, self.of.dtypes[0]].items():
                found.setdefault((name, code(cell.call)), []).append(panel.level)
        order = sorted(found, key=lambda key: self.of.columns.index(key[0]))
        return [(self.of.columns.index(name), text, found[name, text]) for name, text in order]

    def _times(self, places: Sequence[Panel]) -> list[tuple[int, float, float]]:
        """Column, seconds of building and of training, in the finest dtype, at the first level that has a curve."""
        found: dict[str, tuple[float, float]] = {}
        for name in self.of.columns:
            for panel in places:
                if history := self.of.history(panel, self.of.dtypes[0], name):
                    found.setdefault(name, (history.seconds_setup, history.seconds_training))
        return [(self.of.columns.index(name), *seconds) for name, seconds in found.items()]


def _alike(one: CurveOf, other: CurveOf) -> bool:
    """Whether the one curve may predict the other: of the same panel or column in its dtype, or of both in another."""
    same = one[0] == other[0], one[2] == other[2]
    return any(same) if one[1] == other[1] else all(same)


def _axis_data(axis: Axis) -> dict[str, Any]:
    return {"low": axis.low, "high": axis.high, "ticks": layout.loss_ticks(axis), "beyond": axis.beyond}
