"""The pictures of a sweep, a few for each task, optimizer and dtype."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from comparisons.names import Dtype
from comparisons.plots.differences import plot_differences
from comparisons.plots.final_losses import plot_final_losses
from comparisons.plots.maps import plot_map
from comparisons.sweeps.frames import Kept, fields_of, trained
from comparisons.sweeps.plan import Plan
from comparisons.sweeps.statistics import SAME, floor_of
from comparisons.sweeps.words import axis_of

ROWS = 6  # values of another grid that have panels of their own


def figures(plan: Plan, kept: Kept, frame: pd.DataFrame, summary: pd.DataFrame) -> dict[str, Figure]:
    """By the name of their file, without its ending."""
    found: dict[str, Figure] = {}
    for task, optimizer, dtype in dict.fromkeys((cell.task, cell.optimizer, cell.dtype) for cell in plan.cells):
        part, lines = (_of(one, task, optimizer, dtype) for one in (frame, summary))
        if part.empty:
            continue
        fields, axis = fields_of(plan), axis_of(plan)
        along = None if axis is None else fields[axis]
        others = [field for field in fields if field != along]
        beside = others[0] if len(others) == 1 and part[others[0]].nunique() <= ROWS else None
        title = f"{task}, {optimizer}, {dtype}, {plan.seeds:,} {'seed' if plan.seeds == 1 else 'seeds'}"
        name = _name(found, task, optimizer, dtype)
        if len(others) <= 1 and (not others or beside):
            found[f"{name}.losses.sweep"] = plot_final_losses(
                part, along, beside, title, _floor(plan, kept, task, dtype)
            )
            if (lines["compared_with"] != "").any():
                found[f"{name}.differences.sweep"] = plot_differences(lines, along, beside, title, SAME)
        if along is not None and len(others) == 1:
            found[f"{name}.map.sweep"] = plot_map(lines, along, others[0], title)
    return found


def _of(frame: pd.DataFrame, task: str, optimizer: str, dtype: str) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame[(frame["task"] == task) & (frame["optimizer"] == optimizer) & (frame["dtype"] == dtype)]


def _floor(plan: Plan, kept: Kept, task: str, dtype: Dtype) -> float:
    """Below which the losses of a task are rounding."""
    firsts = (one for cell, one in trained(plan, kept) if (cell.task, cell.dtype) == (task, dtype))
    return float(np.median(floor_of(next(firsts), dtype)))


def _name(taken: dict[str, Figure], *parts: str) -> str:
    """A file's name made of the parts, whose letters may be any; one that no other has."""
    name = "-".join(re.sub(r"[^\w-]+", "-", part)[:60] for part in parts)
    names: Sequence[str] = [one.split(".")[0] for one in taken]
    return name if name not in names else f"{name}-{len(names)}"
