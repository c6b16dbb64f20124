"""What a comparison has, looked up by panel, dtype and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.frame import KEY
from comparisons.names import DTYPES, Dtype
from comparisons.report import words
from comparisons.report.view import Row
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Panel
from comparisons.training.contract import History

CurveOf = tuple[Panel, Dtype, str]  # a panel, a dtype and a column


@dataclass(frozen=True)
class Lookups:
    """A comparison, with its cells and the rows of its frames where they are looked for."""

    comparison: Comparison

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

    def history(self, panel: Panel, dtype: Dtype, framework: str) -> History | None:
        """What came of a cell, if it has curves."""
        cell = self.cells.get((panel, dtype), {}).get(framework)
        outcome = self.comparison.outcomes.get(cell.job) if cell else None
        return outcome if isinstance(outcome, History) else None

    def panels(self, task: str, optimizer: str) -> list[Panel]:
        """Those of a recipe."""
        of = (cell.level for cell in self.comparison.cells if (cell.task, cell.optimizer) == (task, optimizer))
        return [Panel(task, optimizer, level) for level in dict.fromkeys(of)]

    def losses(self, panels: Sequence[Panel]) -> dict[CurveOf, Array]:
        """The losses (seeds, steps) of all columns in some panels, those of the finest dtype first."""
        return {
            (panel, dtype, name): history.losses
            for dtype in self.dtypes
            for panel in panels
            for name in self.columns
            if (history := self.history(panel, dtype, name))
        }

    def reference(self, panel: Panel) -> int | None:
        """The place of the column that the others are compared with."""
        name = self.comparison.references.get(panel)
        return None if name is None else self.columns.index(name)


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
