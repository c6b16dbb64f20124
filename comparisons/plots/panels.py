"""What is drawn inside one pair of axes: losses, gaps, accuracies."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from comparisons.frameworks.column import column
from comparisons.names import Dtype
from comparisons.plots.axis import ZERO_GAP
from comparisons.plots.corner import free_corner
from comparisons.plots.curves import Array, Band, band
from comparisons.plots.style import cross_style, dot_style, gap_style, line_style

Tables = Mapping[str, pd.DataFrame]

REMARK_FONT = FontProperties(size=7)
DOTS = 25  # at most so many on a line
LEAST_GAP = 1e-18  # smaller gaps are drawn as this one, apart from 0: that means equal numbers and nothing else


def draw_losses(axes: Axes, bands: Mapping[str, Band], remarks: Mapping[str, str]) -> None:
    """Each framework's median and, of several seeds, its band, up to where the median stops being finite."""
    for framework, curve in bands.items():
        style = line_style(framework)
        if not np.array_equal(curve.low, curve.high, equal_nan=True):
            axes.fill_between(curve.steps, curve.low, curve.high, color=style["color"], alpha=0.2, linewidth=0)
        _draw_curve(axes, curve.steps, curve.middle, framework, style)
    write_remarks(axes, remarks, remarks)


def draw_gaps(
    axes: Axes,
    tables: Mapping[str, Mapping[Dtype, pd.DataFrame]],
    remarks: Mapping[str, str],
    width: int,
) -> None:
    """The gap of each framework to the reference, in each dtype, and the remarks on it."""
    axes.grid(axis="y")
    for framework, of in tables.items():
        for dtype, table in of.items():
            curve = band(table, width, np.max)
            shown = np.where(curve.middle == 0, ZERO_GAP, np.maximum(curve.middle, LEAST_GAP))
            _draw_curve(axes, curve.steps, shown, framework, gap_style(framework, dtype))
    write_remarks(axes, remarks, remarks)


def draw_accuracy(axes: Axes, train: Tables, test: Tables) -> None:
    """Training accuracy as lines, test accuracy as dots; of several seeds, the medians."""
    for tables, style in ((train, line_style), (test, dot_style)):
        for framework, table in tables.items():
            axes.plot(table.columns, table.median(), markevery=dot_every(table.shape[1]), **style(framework))


def _draw_curve(axes: Axes, steps: Array, values: Array, framework: str, style: dict[str, Any]) -> None:
    """A line, with a cross at its end if it ends early."""
    axes.plot(steps, values, **style)
    finite = int(np.isfinite(values).sum())
    if 0 < finite < len(values):
        axes.plot(steps[finite - 1], values[finite - 1], **cross_style(framework))


def dot_every(points: int) -> int:
    """How many points go to one dot."""
    return -(-points // DOTS)


def write_remarks(axes: Axes, remarks: Mapping[str, str], everyone: Collection[str]) -> None:
    """Write the remarks where no curve is: the same words once, and without names where they hold for everyone."""
    lines = []
    for words in dict.fromkeys(filter(None, remarks.values())):
        named = [column(framework).name for framework in remarks if remarks[framework] == words]
        lines.append(words if len(named) == len(everyone) > 1 else f"{', '.join(named)}: {words}")
    if lines:
        box = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
        place = free_corner(axes, lines, REMARK_FONT)
        axes.text(s="\n".join(lines), transform=axes.transAxes, fontproperties=REMARK_FONT, bbox=box, **place)
