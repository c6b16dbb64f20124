"""A waterfall: from one loss to another, by what each part adds."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from comparisons.plots.figure import ShownFigure
from comparisons.plots.style import STYLE
from comparisons.plots.words import shortened

TITLE_FONT = FontProperties(size=12, weight="bold")
MEASURES = {"final": "the last loss", "curve": "the whole curve (geometric mean)"}
# In inches: a bar's row; what stands above the bars, and below; a letter of a bar's name; a panel, the gap behind it.
ROW, ABOVE, BELOW, LETTER, EDGE, PANEL, GUTTER = 0.36, 0.95, 0.5, 0.061, 0.15, 2.9, 0.3
# Up and down differ in lightness and hatching too, for print.
UP: dict[str, Any] = {"facecolor": "#D55E00", "edgecolor": "black", "hatch": "////"}
DOWN: dict[str, Any] = {"facecolor": "#56B4E9", "edgecolor": "black"}
STEM: dict[str, Any] = {"color": "0.4", "linewidth": 0.6, "linestyle": ":"}
ROOM = 0.32  # beside the bars, in widths of them: for the numbers


def plot_waterfall(rows: pd.DataFrame, title: str, caption: str) -> Figure:
    """A panel for each measure: the loss in the first row, what each row adds to its logarithm, and where that ends.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        rows: bar (its name), final, curve, last_loss. In the first and the last row, final and curve are log10 of
            losses, and last_loss is the final one in words (it may count as more than it is); in the others final and
            curve are what is added.
    """
    names = EDGE + LETTER * max(len(line) for name in rows["bar"] for line in name.split("\n"))
    height = ABOVE + ROW * len(rows) + BELOW
    width = names + (PANEL + GUTTER) * len(MEASURES)
    with matplotlib.rc_context(STYLE):
        figure = ShownFigure(figsize=(width, height))
        shown = shortened(title, TITLE_FONT, width - 2 * EDGE)
        figure.text(EDGE / width, 1 - EDGE / height, shown, va="top", fontproperties=TITLE_FONT)
        figure.text(EDGE / width, 1 - 0.42 / height, caption, va="top", fontsize=8, color="0.3")
        for column, measure in enumerate(MEASURES):
            left = (names + (PANEL + GUTTER) * column) / width
            axes = figure.add_axes((left, BELOW / height, PANEL / width, ROW * len(rows) / height))
            axes.set_title(MEASURES[measure], loc="left", fontsize=9, fontweight="bold")
            axes.set_xlabel(f"decades from {rows['bar'].iloc[0]}: powers of ten of the loss")
            axes.set_yticks(range(len(rows)), rows["bar"].tolist() if column == 0 else [""] * len(rows))
            _draw(axes, rows[measure].tolist(), rows["last_loss"].iloc[[0, -1]].tolist() if measure == "final" else [])
    return figure


def _draw(axes: Axes, numbers: list[float], losses: list[str]) -> None:
    """One panel, from the top down; the losses at its ends are what the numbers say, unless they are given."""
    first, *parts, last = numbers
    ends = np.cumsum([0.0, *parts])
    for place, (part, start, end) in enumerate(zip(parts, ends, ends[1:], strict=False), start=1):
        axes.barh(place, part, left=start, height=0.62, linewidth=0.6, **(UP if part > 0 else DOWN))
        _write(axes, max(start, end), place, f"{part:+.3g}" if part else "0")
    for place, end in enumerate(ends):
        axes.plot([end, end], [place, place + 1], **STEM)
    written = losses or [_loss(first), _loss(last)]
    for place, end, loss in zip((0, len(parts) + 1), (0.0, ends[-1]), written, strict=True):
        axes.plot(end, place, marker="D", markersize=5, color="black")
        _write(axes, end, place, loss, fontweight="bold")
    low, high = ends.min(), ends.max()
    span = high - low or 1.0
    axes.set_xlim(low - 0.06 * span, high + ROOM * span)
    axes.set_ylim(len(numbers) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _write(axes: Axes, x: float, place: int, words: str, **style: Any) -> None:
    axes.annotate(words, (x, place), (6, 0), textcoords="offset points", va="center", **style)


@np.errstate(over="ignore")
def _loss(level: float) -> str:
    return f"{np.power(10.0, level):.4g}"
