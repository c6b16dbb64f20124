"""What the page shows: tasks, their optimizers, and for each a panel at each level."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from comparisons.names import Dtype, Level
from comparisons.report.asides import Aside
from comparisons.report.axes import Axis
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import TaskSpec

Row = Mapping[Any, Any]


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
    aside: Aside | None


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


def anchor(*parts: str) -> str:
    """What a place on the page is called in its address."""
    return "/".join(quote(part, safe="!'()*") for part in parts)  # as the script's encodeURIComponent
