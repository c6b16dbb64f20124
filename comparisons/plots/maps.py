"""The final loss over two grids, as a map."""

from collections.abc import Callable

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from comparisons.plots.grid_axis import named, sheet
from comparisons.plots.style import STYLE

TICKS = 5  # at most, along an axis
DIVERGED = "0.75"
FLOOR = 1e-300


def plot_map(summary: pd.DataFrame, field: str, beside: str, title: str) -> Figure:
    """A panel for each level and framework: the median final loss at each pair of values; grey where half diverge.

    Args:
        summary: lines of `summary_frame` of one task, optimizer, dtype.
        field, beside: the columns of the two grids, along and up.
    """
    levels, frameworks = (list(dict.fromkeys(summary[name])) for name in ("level", "framework"))
    finite = summary["median"][np.isfinite(summary["median"])].clip(lower=FLOOR)
    norm: Normalize = Normalize(0, 1)
    if len(finite):
        low, high = finite.min(), finite.max()
        norm = LogNorm(low, high) if high > low else Normalize(low, low + 1)
    with matplotlib.rc_context(STYLE):
        heading = f"{title}: median final loss; grey where half of the seeds diverge"
        figure, all_axes = sheet(len(levels), len(frameworks), heading)
        colours = matplotlib.colormaps["cividis"].with_extremes(bad=DIVERGED)
        for row, level in enumerate(levels):
            for column, framework in enumerate(frameworks):
                axes = all_axes[row, column]
                part = summary[(summary["level"] == level) & (summary["framework"] == framework)]
                axes.set_title(f"{level}, {named(framework)}", loc="left")
                if part.empty:
                    axes.set_axis_off()
                    continue
                table = part.pivot(index=beside, columns=field, values="median").replace(np.inf, np.nan)
                axes.pcolormesh(np.ma.masked_invalid(table.clip(lower=FLOOR)), cmap=colours, norm=norm)
                _ticks(axes.set_xticks, table.columns)
                _ticks(axes.set_yticks, table.index)
                if row == len(levels) - 1:
                    axes.set_xlabel(field.replace("_", " "))
                if not column:
                    axes.set_ylabel(beside.replace("_", " "))
        if not len(finite):
            return figure
        bar = figure.colorbar(matplotlib.cm.ScalarMappable(norm, colours), ax=all_axes, shrink=0.8)
        bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e"))
        bar.ax.yaxis.set_minor_formatter(lambda *_: "")
        bar.set_label("median final loss")
    return figure


def _ticks(put: Callable[..., object], values: pd.Index) -> None:
    every = -(-len(values) // TICKS)
    at = range(0, len(values), every)
    put([i + 0.5 for i in at], [f"{values[i]:.3g}" for i in at])
