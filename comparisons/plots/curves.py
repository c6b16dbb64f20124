"""The numbers behind the lines: a table for each curve, the gap between two, and the few points that are drawn."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[Any]
CurveKey = tuple[Hashable, ...]

CURVE_KEY: list[Hashable] = ["optimizer", "level", "dtype", "framework"]
POINTS, NOISY_POINTS = 300, 50  # at most so many points to a curve; fewer where it jumps from batch to batch


@dataclass(frozen=True, kw_only=True)
class Band:
    """What is drawn of a curve: the median over seeds and the 5 and 95 % quantiles, (points,); NaN once not finite."""

    steps: Array
    low: Array
    middle: Array
    high: Array


def cells(frame: pd.DataFrame, value: str) -> dict[CurveKey, pd.DataFrame]:
    """For each optimizer, level, dtype and framework, the values as a table (seeds, steps)."""
    wide = frame.pivot(index=[*CURVE_KEY, "seed"], columns="step", values=value)
    return {key: table.droplevel(CURVE_KEY) for key, table in wide.groupby(level=CURVE_KEY)}


def steps_per_point(steps: int, *, noisy: bool) -> int:
    """How many steps become one point."""
    return -(-steps // (NOISY_POINTS if noisy else POINTS))


def band(table: pd.DataFrame, width: int, reduce: Callable[..., Array]) -> Band:
    """The band of a table (seeds, steps), of which `reduce` makes each `width` steps one point.

    A value that is not finite counts as larger than all others.
    """
    steps, values = table.columns.to_numpy(float), table.to_numpy()
    values = np.where(np.isfinite(values), values, np.inf)
    # The last point may have fewer steps than the others; its last step fills it up.
    values = np.pad(values, ((0, 0), (0, -len(steps) % width)), mode="edge")
    points = reduce(values.reshape(len(values), -1, width), axis=2)
    quantiles = np.quantile(points, (0.05, 0.5, 0.95), axis=0, method="nearest")
    finite = np.logical_and.accumulate(np.isfinite(quantiles), axis=1)
    low, middle, high = np.where(finite, quantiles, np.nan)
    return Band(steps=steps[::width] + (width - 1) / 2, low=low, middle=middle, high=high)


def divergence(table: pd.DataFrame) -> str:
    """When the curve stops being finite, in words; empty if it never does."""
    bad = ~np.isfinite(table.to_numpy())
    if not bad.any():
        return ""
    first = table.columns[bad.any(axis=0).argmax()]
    if len(table) == 1:
        return f"diverged at step {first}"
    return f"{bad.any(axis=1).sum()} of {len(table)} seeds diverged, the first at step {first}"
