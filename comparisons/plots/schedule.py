"""The rate of each update, on both sides of a translation."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from comparisons.plots.style import STYLE
from comparisons.plots.words import lines

WIDTH, TITLE_FONT = 5.4, FontProperties(size=8)  # inches
BESIDE = 0.7  # inches that the labels of the axis take at most: the title begins behind them
# The first is wide, so that the second shows on it where they are the same.
LINES: tuple[dict[str, Any], ...] = ({"linewidth": 4.0}, {"linewidth": 1.0, "linestyle": (0, (4, 2))})


def plot_schedule(
    title: str, rates: Mapping[str, Sequence[float]], colours: Sequence[str], turns: Sequence[float]
) -> Figure:
    """A line for each side; a thin upright one where the formula changes.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        title: the heading. rates: side to the rate of each update. colours: of the sides.
        turns: counted from 0, as updates made.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
        axes = figure.subplots()
        steps = max(map(len, rates.values()))
        for point in turns:
            if point < steps:
                axes.axvline(point + 1, color="0.8", linewidth=0.6)
        for (name, values), colour, style in zip(rates.items(), colours, LINES, strict=True):
            axes.plot(range(1, len(values) + 1), values, label=name, drawstyle="steps-mid", color=colour, **style)
        axes.set(xlabel="update", ylabel="rate", xlim=(1, max(steps, 2)))
        axes.set_ylim(bottom=min(0.0, *(min(values) for values in rates.values())))
        axes.grid(axis="y")
        figure.legend(ncols=2, loc="outside lower left")
        axes.set_title("\n".join(lines(title, TITLE_FONT, WIDTH - BESIDE)), fontproperties=TITLE_FONT, loc="left")
    return figure
