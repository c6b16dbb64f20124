"""How the error of central differences falls and rises with h."""

from math import log10
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, NullFormatter

from comparisons.plots.axis import power_of_ten
from comparisons.plots.figure import ShownFigure
from comparisons.plots.style import STYLE
from comparisons.plots.words import lines

# Okabe and Ito's colours, each with a dash and a mark of its own, so that they are told apart in print too.
LINES = (
    ("#0072B2", "-", "o"),
    ("#D55E00", (0, (4, 1.5)), "s"),
    ("#009E73", (0, (1.5, 1.5)), "^"),
    ("#000000", (0, (6, 1.5, 1.5, 1.5)), "D"),
)
WIDTH, TITLE_FONT = 5.4, FontProperties(size=8)  # inches
BESIDE = 0.7  # inches that the labels of the axis take at most: the title begins behind them
LEAST = 1e-17  # where an error of 0 is drawn
ROUNDED, CURVED = 1e-6, 1e-3  # below and above these h, the error is of one kind, where losses are near 1
WORDS: dict[str, Any] = {"color": "0.4", "ha": "right", "va": "top", "fontsize": 7}
BELOW = 1 / 100  # how far below the curves their slopes are drawn


def plot_sweep(task: str, errors: pd.DataFrame) -> Figure:
    """A line for each parameter: h, and the largest error in units of the parameter's largest gradient.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        task: its name, for the heading.
        errors: parameter, h, error; one that is infinite is not drawn.
    """
    finite = np.isfinite(errors["error"])
    with matplotlib.rc_context(STYLE):
        figure = ShownFigure(figsize=(WIDTH, 3.8), layout="constrained")
        axes = figure.subplots()
        for i, (name, curve) in enumerate(errors.groupby("parameter", sort=False)):
            colour, dash, mark = LINES[i % len(LINES)]
            shown = np.maximum(curve["error"], LEAST)
            axes.plot(curve["h"], shown, color=colour, linestyle=dash, marker=mark, markersize=4, label=name)
        if finite.all():
            _draw_slopes(axes, errors.groupby("h")["error"].min())
        axes.set(xlabel="h", ylabel="largest error / largest gradient")
        if finite.any():
            _scale(axes, errors["error"][finite].min())
        else:
            axes.text(0.5, 0.5, "no loss is finite", ha="center", transform=axes.transAxes)
        axes.grid(axis="y")
        figure.legend(ncols=4, loc="outside lower left")
        title = lines(f"{task}: central differences against the gradient by hand, float64", TITLE_FONT, WIDTH - BESIDE)
        axes.set_title("\n".join(title), fontproperties=TITLE_FONT, loc="left")
    return figure


def _scale(axes: Axes, least: float) -> None:
    """Two logarithmic axes, down to some decades below the least error."""
    axes.set(xscale="log", yscale="log")
    axes.set_ylim(bottom=max(LEAST, least / 1e4))
    for axis in (axes.xaxis, axes.yaxis):  # matplotlib's own labels are mathematics, which is not drawn as such
        axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(round(log10(value)))))
        axis.set_minor_formatter(NullFormatter())


def _draw_slopes(axes: Axes, least: pd.Series) -> None:
    """Below the curves, how they must go: with 1/h where rounding rules, with h^2 where the loss is curved.

    Args:
        least: h, rising, to the smallest error of all parameters.
    """
    steps, errors = least.index.to_numpy(float), least.to_numpy(float)
    low, high = steps <= ROUNDED, steps >= CURVED
    rounding = BELOW * errors[0] * steps[0] / steps[low]
    axes.plot(steps[low], rounding, color="0.6", linewidth=0.8)
    axes.annotate("rounding: 1 / h", (steps[low][-1], rounding[-1] / 3), **WORDS)
    if errors[-1] > 1e3 * errors.min():  # a loss that is quadratic has no error of this kind
        truncation = BELOW * errors[-1] * (steps[high] / steps[-1]) ** 2
        axes.plot(steps[high], truncation, color="0.6", linewidth=0.8)
        axes.annotate("truncation: h²", (steps[-1], truncation[0]), **WORDS)
