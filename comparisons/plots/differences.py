"""The paired difference between frameworks along a grid, against zero."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from comparisons.plots.grid_axis import heading, logarithmic, named, places, say_empty, set_grid_axis, sheet
from comparisons.plots.style import STYLE, line_style

APART = 0.12  # of the distance of two points, between the marks of two frameworks


def plot_differences(summary: pd.DataFrame, field: str | None, beside: str | None, title: str, same: float) -> Figure:
    """A panel for each level: the median difference of final losses in decades, with its 95 % interval.

    Args:
        summary: lines of `summary_frame` of one task, optimizer, dtype.
        field: along which; None for one point. beside: another grid, whose values have a row of panels each.
        same: decades; differences below are called none, and lie in a grey band.
    """
    levels, rows = list(dict.fromkeys(summary["level"])), [None] if beside is None else sorted(set(summary[beside]))
    compared = summary[summary["compared_with"] != ""]
    reference = ", ".join(named(one) for one in dict.fromkeys(compared["compared_with"]))
    frameworks = list(dict.fromkeys(compared["framework"]))
    with matplotlib.rc_context(STYLE):
        words = f"{title}: final loss next to {reference}'s, seed by seed, with 95 % intervals; grey is called the same"
        figure, all_axes = sheet(len(rows), len(levels), words)
        for row, value in enumerate(rows):
            for column, level in enumerate(levels):
                panel = compared[compared["level"] == level]
                panel = panel if beside is None else panel[panel[beside] == value]
                axes = all_axes[row, column]
                axes.axhspan(-same, same, color="0.93", linewidth=0)
                axes.axhline(0, color="0.3", linewidth=0.8)
                at = places(None if field is None else summary[field].unique())
                for i, framework in enumerate(frameworks):
                    some = panel[panel["framework"] == framework]
                    x = places(None if field is None else some[field])
                    if len(some):
                        _draw(axes, _beside(x, at, i - (len(frameworks) - 1) / 2), some, framework)
                if not panel["difference"].notna().any():
                    say_empty(axes, "no seed ends finite in both")
                axes.set_title(heading(level, beside, value), loc="left")
                set_grid_axis(axes, field, at, named=row == len(rows) - 1)
                if not column:
                    axes.set_ylabel("difference, decades")
                axes.grid(axis="y")
        low, high = all_axes[0, 0].get_ylim()
        all_axes[0, 0].set_ylim(min(low, -2 * same), max(high, 2 * same))
        pairs = [axes.get_legend_handles_labels() for axes in all_axes.flat]
        found = {label: handle for both in pairs for handle, label in zip(*both, strict=True)}
        figure.legend(list(found.values()), list(found), ncols=4, loc="outside lower left")
    return figure


def _draw(axes: matplotlib.axes.Axes, x: np.ndarray, some: pd.DataFrame, framework: str) -> None:
    style = line_style(framework)
    middle = some["difference"].to_numpy(float)
    ends = np.stack([middle - some["low"].to_numpy(float), some["high"].to_numpy(float) - middle])
    ends = np.where(np.isfinite(ends), ends, 0.0)
    axes.errorbar(
        x, middle, ends, color=style["color"], linestyle="none", marker="o", markersize=3, elinewidth=1.2, capsize=2,
        label=named(framework),
    )  # fmt: skip


def _beside(x: np.ndarray, all_: np.ndarray, places: float) -> np.ndarray:
    """The points moved by so many places, that the marks of two frameworks do not lie on each other."""
    if len(all_) < 2:
        return x + APART * places
    if logarithmic(all_):
        step = (all_.max() / all_.min()) ** (1 / (len(all_) - 1))
        return x * step ** (APART * places)
    return x + APART * places * (all_.max() - all_.min()) / (len(all_) - 1)
