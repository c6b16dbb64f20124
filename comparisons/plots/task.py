"""The picture of one task, whole or in sheets."""

from dataclasses import replace
from itertools import pairwise

import matplotlib
from matplotlib.figure import Figure

from comparisons.plots.blocks import draw_block
from comparisons.plots.picture import Curves, Picture, arrange
from comparisons.plots.sheet import Sheet
from comparisons.plots.style import STYLE

MOST = 3  # optimizers on a sheet: with the heading, some 900 pixels


def plot_task(curves: Curves) -> Figure:
    """One task's losses, gaps to the reference and, where there are any, accuracies or paths.

    Save it within `matplotlib.rc_context(STYLE)`.

    Raises:
        BadInput: no losses of this task, or an unknown name in them.
    """
    return _drawn(arrange(curves))


def plot_sheets(curves: Curves) -> list[Figure]:
    """The same in sheets that are no higher than a screen, the optimizers shared out evenly.

    Raises:
        BadInput: as `plot_task`.
    """
    picture = arrange(curves)
    count = -(-len(picture.optimizers) // MOST)
    if count == 1:
        return [_drawn(picture)]
    ends = [round(i * len(picture.optimizers) / count) for i in range(count + 1)]
    parts = [picture.optimizers[start:end] for start, end in pairwise(ends)]
    return [_drawn(replace(picture, optimizers=some), f"({i} of {count})") for i, some in enumerate(parts, start=1)]


def _drawn(picture: Picture, part: str = "") -> Figure:
    with matplotlib.rc_context(STYLE):
        sheet = Sheet(picture, part)
        for row in range(len(picture.optimizers)):
            draw_block(sheet, picture, row)
    return sheet.figure
