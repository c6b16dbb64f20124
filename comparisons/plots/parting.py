"""Two curves of losses and the gap between them: where they part."""

from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, NullLocator

from comparisons.plots.figure import ShownFigure
from comparisons.plots.style import STYLE
from comparisons.plots.words import lines
from comparisons.tasks.streams import Array

WIDTH, HEIGHT = 5.4, 4.2  # inches
LEGEND = 2.0  # inches that the heading leaves to the legend beside it, and to the axis
FARTHEST = 1e250  # of a loss: the range of an axis and its margins, a twentieth of all decades, must be finite
DECADES = 100  # times: a linear axis shows two decades still
ROUNDING: dict[str, Any] = {"color": "0.6", "linewidth": 0.8, "linestyle": (0, (1, 1)), "label": "rounding"}
TITLE_FONT = FontProperties(size=8)
# Okabe and Ito's blue and vermilion; the first is wide, so that the second shows on it where they are the same.
SIDES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linewidth": 3.5},
    {"color": "#D55E00", "linewidth": 1.0, "linestyle": (0, (4, 2))},
)


def plot_parting(
    title: str,
    curves: tuple[tuple[Array, Array], tuple[Array, Array]],
    bound: float | tuple[Array, Array],
    parts_at: int | None,
) -> Figure:
    """Losses above, the gap of their common steps below, an upright line where they part.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        title: the heading, in lines that may be broken further.
        curves: of A and B: steps (n,) and losses (n,), where NaN is no loss.
        bound: of rounding: relative to the largest loss, or the steps (k,) and in units of the loss there (k,).
            parts_at: the step; None if they do not part.
    """
    with matplotlib.rc_context(STYLE):
        figure = ShownFigure(figsize=(WIDTH, HEIGHT), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        for name, (steps, losses), style in zip("AB", curves, SIDES, strict=True):
            alone = "o" if len(steps) == 1 else None  # no line goes through one point
            above.plot(steps, np.clip(losses, -FARTHEST, FARTHEST), label=name, marker=alone, **style)
        steps, gap, largest = _gap(curves)
        below.plot(steps, np.where(gap > 0, gap, np.nan), color="0.2", marker=".", markersize=3, linewidth=0.8)
        if isinstance(bound, tuple):
            below.plot(bound[0], bound[1] / largest, **ROUNDING)
        else:
            below.axhline(bound, **ROUNDING)
        for axes in (above, below):
            if parts_at is not None:
                axes.axvline(parts_at, color="0.6", linewidth=0.8, label="they part" if axes is below else None)
            axes.grid(axis="y")
        above.set(ylabel="loss", yscale="log" if _spans_decades(curves) else "linear")
        positive = (gap > 0).any() or np.any(bound > 0 if isinstance(bound, float) else bound[1] > 0)
        below.set(ylabel="gap / largest loss", xlabel="step", yscale="log" if positive else "linear")
        for axes in (axes for axes in (above, below) if axes.get_yscale() == "log"):
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
            axes.yaxis.set_minor_locator(NullLocator())
        for axes in (above, below):  # above the curves, which may be anywhere
            axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
        heading = [line for part in title.split("\n") for line in lines(part, TITLE_FONT, WIDTH - LEGEND)]
        above.set_title("\n".join(heading), fontproperties=TITLE_FONT, loc="left")
    return figure


def _spans_decades(curves: tuple[tuple[Array, Array], tuple[Array, Array]]) -> bool:
    """Whether all losses are positive, and so far apart that only a log axis shows them all."""
    losses = np.concatenate([losses[np.isfinite(losses)] for _, losses in curves])
    return bool(len(losses) and losses.min() > 0 and losses.max() / DECADES > losses.min())


def _gap(curves: tuple[tuple[Array, Array], tuple[Array, Array]]) -> tuple[Array, Array, float]:
    """The common steps, |B - A| there over the largest loss, and that."""
    (ours, a), (theirs, b) = curves
    steps, at_a, at_b = np.intersect1d(ours, theirs, return_indices=True)
    largest = max(float(np.nanmax(np.abs([a[at_a], b[at_b]]))), 1 / FARTHEST)
    return steps, np.abs(b[at_b] / largest - a[at_a] / largest), largest
