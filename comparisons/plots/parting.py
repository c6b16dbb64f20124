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
TITLE_FONT = FontProperties(size=8)
# Okabe and Ito's blue and vermilion; the first is wide, so that the second shows on it where they are the same.
SIDES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linewidth": 3.5},
    {"color": "#D55E00", "linewidth": 1.0, "linestyle": (0, (4, 2))},
)


def plot_parting(
    title: str, curves: tuple[tuple[Array, Array], tuple[Array, Array]], bound: float, parts_at: int | None
) -> Figure:
    """Losses above, the gap of their common steps below, an upright line where they part.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        title: the heading. curves: of A and B: steps (n,) and losses (n,), where NaN is no loss.
        bound: of rounding, relative to the largest loss. parts_at: the step; None if they do not part.
    """
    with matplotlib.rc_context(STYLE):
        figure = ShownFigure(figsize=(WIDTH, HEIGHT), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        for name, (steps, losses), style in zip("AB", curves, SIDES, strict=True):
            above.plot(steps, losses, label=name, **style)
        steps, gap = _gap(curves)
        below.plot(steps, np.where(gap > 0, gap, np.nan), color="0.2", marker=".", markersize=3, linewidth=0.8)
        below.axhline(bound, color="0.6", linewidth=0.8, linestyle=(0, (1, 1)), label="rounding")
        for axes in (above, below):
            if parts_at is not None:
                axes.axvline(parts_at, color="0.6", linewidth=0.8, label="they part" if axes is below else None)
            axes.grid(axis="y")
        above.set_ylabel("loss")
        below.set(ylabel="gap / largest loss", xlabel="step", yscale="log")
        below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
        below.yaxis.set_minor_locator(NullLocator())
        for axes in (above, below):  # above the curves, which may be anywhere
            axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
        above.set_title("\n".join(lines(title, TITLE_FONT, WIDTH - LEGEND)), fontproperties=TITLE_FONT, loc="left")
    return figure


def _gap(curves: tuple[tuple[Array, Array], tuple[Array, Array]]) -> tuple[Array, Array]:
    """The common steps, and |B - A| there over the largest loss."""
    (ours, a), (theirs, b) = curves
    steps, at_a, at_b = np.intersect1d(ours, theirs, return_indices=True)
    largest = float(np.nanmax(np.abs([a[at_a], b[at_b]]))) or 1.0
    return steps, np.abs(b[at_b] - a[at_a]) / largest
