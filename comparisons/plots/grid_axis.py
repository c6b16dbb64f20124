"""The axis of a grid: the values that a hyperparameter takes in a sweep."""

from math import log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from comparisons.frameworks import of
from comparisons.plots.axis import power_of_ten
from comparisons.plots.words import lines

TITLE = FontProperties(size=8)
PANEL = 2.5  # inches, each way
AS_GIVEN = "as given"  # the one place where there is no grid


def heading(level: str, beside: str | None, value: float | None) -> str:
    """What stands above a panel."""
    return level if beside is None else f"{level}, {beside.replace('_', ' ')} {value:g}"


def places(values: Any) -> Any:
    """Where points are drawn: at their values, or at 0 without a grid."""
    return np.zeros(1) if values is None else np.asarray(values, float)


def logarithmic(values: Any) -> bool:
    """Whether the values go up by factors rather than by steps."""
    return bool(len(values) > 1 and values.min() > 0 and values.max() / values.min() >= 10)


def set_grid_axis(axes: Axes, field: str | None, values: Any, *, named: bool) -> None:
    """Make x the grid's axis."""
    if field is None:
        axes.set_xlim(-1, 1)
        axes.set_xticks([0], [AS_GIVEN])
        return
    if logarithmic(values):
        axes.set_xscale("log")
        plain_powers(axes.xaxis)
        axes.set_xlim(values.min() / 1.5, values.max() * 1.5)
    if named:
        axes.set_xlabel(field.replace("_", " "))


def say_empty(axes: Axes, why: str) -> None:
    """In the place of what cannot be drawn, why; the numbers beside it would mean nothing."""
    axes.text(0.5, 0.85, why, transform=axes.transAxes, ha="center", va="center", fontproperties=TITLE)


def plain_powers(axis: Any) -> None:
    """Ticks at powers of ten, few of them: matplotlib's own labels are mathematics, which is not drawn as such."""
    axis.set_major_locator(LogLocator(numticks=7))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(round(log10(value))) if value > 0 else "0"))
    axis.set_minor_locator(NullLocator())


def sheet(rows: int, columns: int, title: str, *, share: bool = True) -> tuple[Figure, Any]:
    """A figure of so many panels under a title, and its axes (rows, columns)."""
    width = max(PANEL * columns + 0.7, 4.2)
    figure = Figure(figsize=(width, PANEL * rows + 0.9), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share)
    figure.suptitle("\n".join(lines(title, TITLE, width)), fontproperties=TITLE, x=0.01, ha="left")
    return figure, axes


def named(framework: str) -> str:
    """What the legend calls a column."""
    name, at, device = framework.partition("@")
    return of(name).name + at + device
