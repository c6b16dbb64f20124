"""Final losses along a grid: the U-curve of a learning rate, with what lies between the seeds."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from comparisons.plots.grid_axis import heading, named, places, plain_powers, say_empty, set_grid_axis, sheet
from comparisons.plots.style import STYLE, line_style

BAND = (0.05, 0.95)


def plot_final_losses(frame: pd.DataFrame, field: str | None, beside: str | None, title: str, floor: float) -> Figure:
    """A panel for each level (and, below each other, each value of `beside`): a curve for each framework.

    The curve is the median over seeds, the band lies between their 5 % and 95 % quantiles; a diverged seed is
    infinitely large. Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        frame: level, framework, the columns `field` and `beside`, final_loss, diverged_at; of one task, optimizer,
            dtype.
        field: along which; None for one point. beside: another grid, whose values have a row of panels each.
        floor: losses below are rounding, and are drawn there.
    """
    levels, rows = list(dict.fromkeys(frame["level"])), [None] if beside is None else sorted(set(frame[beside]))
    with matplotlib.rc_context(STYLE):
        figure, all_axes = sheet(len(rows), len(levels), f"{title}: final loss, median and 5 % to 95 % of seeds")
        for row, value in enumerate(rows):
            for column, level in enumerate(levels):
                panel = frame[frame["level"] == level]
                panel = panel if beside is None else panel[panel[beside] == value]
                axes = all_axes[row, column]
                _draw(axes, panel, field, floor)
                axes.set_title(heading(level, beside, value), loc="left")
                set_grid_axis(axes, field, places(None if field is None else frame[field]), named=row == len(rows) - 1)
                if not column:
                    axes.set_ylabel("final loss")
        handles, labels = all_axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, ncols=4, loc="outside lower left")
    return figure


def _draw(axes: Axes, panel: pd.DataFrame, field: str | None, floor: float) -> None:
    shown = []
    for framework, curve in panel.groupby("framework", sort=False, observed=True):
        losses = curve["final_loss"].where(curve["diverged_at"].isna(), np.inf).fillna(np.inf)
        groups = losses.groupby(curve[field]) if field is not None else losses.groupby(np.zeros(len(losses)))
        at = groups.first().index.to_numpy(float)
        middle, low, high = (groups.quantile(q, interpolation="lower").to_numpy() for q in (0.5, *BAND))
        style: dict[str, Any] = line_style(str(framework))
        seen = np.isfinite(middle)
        size = 2 + style["linewidth"]  # who lies below is seen around who lies above
        axes.plot(
            at[seen], np.maximum(middle[seen], floor), label=named(str(framework)), marker="o", markersize=size, **style
        )
        top = np.where(np.isfinite(high), high, np.nanmax(np.where(np.isfinite(high), high, np.nan), initial=floor))
        axes.fill_between(at, np.maximum(low, floor), top, where=seen, color=style["color"], alpha=0.12, linewidth=0)
        if len(at) == 1:  # a band of no width
            axes.vlines(at[seen], np.maximum(low, floor)[seen], top[seen], color=style["color"], alpha=0.5)
        shown += [*middle[seen], *low[seen]]
    values = np.array(shown)
    if not len(values):
        say_empty(axes, "half of the seeds, or more, diverge")
    elif values.min() >= 0 and values.max() > 100 * values.min():  # so that two powers of ten are among them
        axes.set_yscale("log")
        plain_powers(axes.yaxis)
    axes.grid(axis="y")
