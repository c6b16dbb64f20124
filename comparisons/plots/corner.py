"""Where in a panel there is room for words."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from comparisons.plots.curves import Array
from comparisons.plots.words import INCH, width

EDGE_X, EDGE_Y = 0.01, 0.05  # of the panel, that words keep from its border
LEADING = 1.4  # of a line, in sizes of the font
BETWEEN = 8  # points that are looked at on each stretch of a line
# Right before left, and above before below; the middle where the corners are taken.
SIDES, HEIGHTS = ("right", "left"), ("top", "bottom", "center")


def free_corner(axes: Axes, lines: Sequence[str], font: FontProperties) -> dict[str, Any]:
    """Where in the panel, as arguments of `Axes.text`, the lines hide the least of what is drawn: nothing, if they can.

    What is drawn, and the limits of the axes, must be there already.
    """
    drawn = _points(axes)
    extent, dots = axes.get_window_extent(), axes.figure.dpi
    wide = max(width(line, font) for line in lines) * dots / extent.width
    high = LEADING * len(lines) * font.get_size() / INCH * dots / extent.height

    size = np.array([wide, high])

    def hidden(side: str, height: str) -> int:
        left = 1 - EDGE_X - wide if side == "right" else EDGE_X
        low = {"top": 1 - EDGE_Y - high, "bottom": EDGE_Y, "center": 0.5 - high / 2}[height]
        corner = np.array([left, low])
        return int(((drawn > corner) & (drawn < corner + size)).all(axis=1).sum())

    places = [(side, height) for height in HEIGHTS for side in SIDES]
    side, height = min(places, key=lambda place: hidden(*place))
    x = 1 - EDGE_X if side == "right" else EDGE_X
    return {"x": x, "y": {"top": 1 - EDGE_Y, "bottom": EDGE_Y, "center": 0.5}[height], "ha": side, "va": height}


def _points(axes: Axes) -> Array:
    """Points along all lines of the panel but the faint ones behind, in fractions of it, (points, 2)."""
    along = np.linspace(0, 1, BETWEEN)[:, np.newaxis]
    found = [np.empty((0, 2))]
    for line in axes.lines:
        if line.get_zorder() > 0:
            ends = axes.transAxes.inverted().transform(line.get_transform().transform(line.get_xydata()))
            finite = ends[np.isfinite(ends).all(axis=1)]
            found += [finite, *(one + along * (other - one) for one, other in pairwise(finite))]
    return np.concatenate(found)
