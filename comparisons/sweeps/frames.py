"""The tables of a sweep: a line for each seed, for each cell, and for each kept step of a curve."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from comparisons.sweeps.plan import Plan, SweepCell
from comparisons.tasks.streams import Array
from comparisons.training.cells import Job
from comparisons.training.contract import Endings

KEY = ["task", "optimizer", "level", "dtype", "framework"]
NUMBERS = ["final_loss", "best_loss", "steps_to_target", "diverged_at"]
CURVES = ["median", "q05", "q95", "first_seed", "last_seed", "diverged"]
Kept = Mapping[Job, Endings]


def fields_of(plan: Plan) -> list[str]:
    """The columns of the grids."""
    return [grid.field for grid in plan.grids]


def trained(plan: Plan, kept: Kept) -> list[tuple[SweepCell, Endings]]:
    """The cells of which there is something."""
    return [(cell, kept[cell.job]) for cell in plan.cells if cell.job in kept]


def sweep_frame(plan: Plan, kept: Kept) -> pd.DataFrame:
    """A line for each cell and seed: the key, seed, grid fields, and what came of it."""
    pairs, seeds = trained(plan, kept), plan.seeds
    frame = _keys(plan, [cell for cell, _ in pairs], seeds)
    frame.insert(len(KEY), "seed", np.tile(np.arange(seeds), len(pairs)))
    frame["final_loss"] = _all(pairs, lambda one: one.final)
    frame["best_loss"] = _all(pairs, lambda one: one.best)
    frame["steps_to_target"] = _steps(_all(pairs, lambda one: one.reached_at, np.int64))
    frame["diverged_at"] = _steps(_all(pairs, lambda one: one.diverged_at, np.int64))
    return frame


def curves_frame(plan: Plan, kept: Kept) -> pd.DataFrame:
    """A line for each cell and kept step: median, 5 % and 95 % quantile, two seeds' losses, the share diverged."""
    pairs = trained(plan, kept)
    counts = [len(endings.kept_at) for _, endings in pairs]
    frame = _keys(plan, [cell for cell, _ in pairs], counts)
    frame["step"] = _all(pairs, lambda one: one.kept_at, np.int64)
    for row, name in enumerate(CURVES):
        frame[name] = _all(pairs, partial(_row, row))
    return frame


def _row(row: int, endings: Endings) -> Array:
    found: Array = endings.curves[row]
    return found


def _keys(plan: Plan, cells: Sequence[SweepCell], times: int | Sequence[int]) -> pd.DataFrame:
    """The key and the grid fields of each cell, so many times."""
    columns: dict[str, Any] = {
        name: pd.Categorical(
            np.repeat(np.array([getattr(cell, name) for cell in cells], dtype=object), times),
            categories=list(dict.fromkeys(getattr(cell, name) for cell in cells)),
        )
        for name in KEY
    }
    for i, field in enumerate(fields_of(plan)):
        columns[field] = np.repeat(np.array([cell.point[i] for cell in cells], dtype=np.float64), times)
    return pd.DataFrame(columns)


def _all(
    pairs: Sequence[tuple[SweepCell, Endings]], part: Callable[[Endings], Array], dtype: type = np.float64
) -> Array:
    return np.concatenate([part(endings).astype(dtype) for _, endings in pairs] or [np.empty(0, dtype)])


def _steps(steps: Array) -> pd.Series:
    """Numbers of steps, of which a negative one is none."""
    return pd.Series(steps).astype("Int64").mask(pd.Series(steps < 0))
