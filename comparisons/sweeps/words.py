"""What holds, in sentences that are made from the intervals."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

import numpy as np
import pandas as pd

from comparisons.frameworks import of
from comparisons.sweeps.frames import fields_of
from comparisons.sweeps.plan import Plan
from comparisons.sweeps.statistics import SAME, Paired, intervals

Sign = Literal["higher", "lower", "same", "open", "none"]
Segment = list[tuple[float | None, Paired]]  # neighbours along the axis that are said in one: value, difference


def sentences(plan: Plan, pairs: Sequence[Paired], summary: pd.DataFrame) -> list[str]:
    """A sentence for each curve against its reference, and one for each panel in which seeds diverge."""
    if summary.empty:
        return []
    return [*_differences(plan, pairs), *_diverging(plan, summary)]


def axis_of(plan: Plan) -> int | None:
    """The number of the grid that is told along: the learning rate's, else the first; None without grids."""
    fields = fields_of(plan)
    return fields.index("learning_rate") if "learning_rate" in fields else (0 if fields else None)


def _differences(plan: Plan, pairs: Sequence[Paired]) -> Iterator[str]:
    axis = axis_of(plan)
    curves: dict[tuple[str, ...], list[Paired]] = {}
    for one in pairs:
        cell = one.cell
        rest = [f"{v:g}" for i, v in enumerate(cell.point) if i != axis]
        key = (cell.task, cell.optimizer, cell.level, cell.dtype, cell.framework, one.reference.framework, *rest)
        curves.setdefault(key, []).append(one)
    for some in curves.values():
        cell = some[0].cell
        values = [None if axis is None else one.cell.point[axis] for one in some]
        whole = list(zip(values, some, strict=True))
        segments = [(word, list(part)) for word, part in groupby(whole, lambda pair: sign(*pair[1].interval))]
        field = None if axis is None else fields_of(plan)[axis]
        parts = [
            _said(word, part, place(field, [v for v, _ in part], [v for v, _ in whole]), first=not i)
            for i, (word, part) in enumerate(segments)
        ]
        theirs = of(some[0].reference.framework).name
        head = f"{_panel(plan, cell.task, cell.level, cell.dtype)} {of(cell.framework).name}'s {cell.optimizer}"
        yield f"{head}{_beside(plan, cell.point, axis)}, next to {theirs}'s, {', and '.join(parts)}."


def sign(middle: float, low: float, high: float) -> Sign:
    """What an interval of a difference in decades says."""
    if np.isnan(low):
        return "none"
    if low >= -SAME and high <= SAME:
        return "same"
    if low > 0 or high < 0:
        return "higher" if low > 0 else "lower"
    return "open"


def _said(word: Sign, part: Segment, where: str, *, first: bool) -> str:
    """What holds over the neighbours: the interval is that of each seed's mean over them."""
    together = np.array([one.differences for _, one in part])
    with np.errstate(all="ignore"):
        counts = np.isfinite(together).sum(axis=0)
        means = np.where(counts > 0, np.nansum(together, axis=0) / np.maximum(counts, 1), np.nan)
    middle, low, high = intervals(means[None])[0]
    seeds = int(np.isfinite(means).sum())
    if word in ("higher", "lower"):
        signed = -1 if word == "lower" else 1
        ends = sorted((signed * low, signed * high))
        interval = f"95 % interval {_decades(ends[0])} to {_decades(ends[1])}, {seeds} seeds"
        average = " on average" if len(part) > 1 else ""
        return f"ends {_decades(signed * middle)} decades {word}{average} {where} ({interval})"
    if word == "same":
        within = max(abs(low), abs(high))
        exactly = "in every seed" if not np.nan_to_num(together).any() else f"within {_decades(within)} decades"
        return f"{'ends the same' if first else 'the same'} {where} ({exactly}, {seeds} seeds)"
    if word == "open":
        return f"cannot be told apart {where} (95 % interval {_decades(low)} to {_decades(high)}, {seeds} seeds)"
    return f"has too few seeds that end finite in both to compare {where}"


def _decades(value: float) -> str:
    return f"{value:.2g}" if abs(value) >= 0.0095 or value == 0 else f"{value:.0e}".replace("e-0", "e-")


def place(field: str | None, part: Sequence[float | None], whole: Sequence[float | None]) -> str:
    """Where on the axis the part lies, in words."""
    if field is None:
        return "as written" if len(whole) > 1 else "here"
    name = f"{field.replace('_', ' ')}s"
    if len(part) == len(whole):
        return f"at every {name.removesuffix('s')}" if len(whole) > 1 else f"at {name.removesuffix('s')} {part[0]:g}"
    if len(part) == 1:
        return f"at {name.removesuffix('s')} {part[0]:g}"
    if part[0] == whole[0]:
        return f"at {name} up to {part[-1]:g}"
    if part[-1] == whole[-1]:
        return f"at {name} from {part[0]:g}"
    return f"at {name} from {part[0]:g} to {part[-1]:g}"


def _panel(plan: Plan, task: str, level: str, dtype: str) -> str:
    before = f"{task}: at" if len(plan.tasks) > 1 else "At"
    return f"{before} {level}{f' in {dtype}' if len(plan.dtypes) > 1 else ''}"


def _beside(plan: Plan, point: tuple[float, ...], axis: int | None) -> str:
    rest = [f"{name} {v:g}" for i, (name, v) in enumerate(zip(fields_of(plan), point, strict=True)) if i != axis]
    return f" with {' and '.join(rest)}" if rest else ""


def _diverging(plan: Plan, summary: pd.DataFrame) -> Iterator[str]:
    for key, rows in summary.groupby(["task", "optimizer", "level", "dtype"], sort=False):
        task, optimizer, level, dtype = map(str, key)
        some = rows[rows["diverged"] > 0]
        if some.empty:
            continue
        axis = axis_of(plan)
        where = ""
        if axis is not None:
            field = fields_of(plan)[axis]
            low, high = some[field].min(), some[field].max()
            values = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            where = f" at {field.replace('_', ' ')} {values}"
        seeds = rows.groupby("framework", sort=False)[["seeds", "diverged"]].apply(
            lambda one: round(float((one["seeds"] * one["diverged"]).sum()))
        )
        counts = ", ".join(f"{of(str(name)).name} {count:,}" for name, count in seeds.items())
        each = int(rows.groupby("framework", sort=False)["seeds"].sum().iloc[0])
        yield f"{_panel(plan, task, level, dtype)} {optimizer} diverges{where}: of {each:,} trainings each, {counts}."
