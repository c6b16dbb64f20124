"""The picture of one task, whole or a sheet of it."""

import matplotlib
from matplotlib.figure import Figure

from comparisons.plots.blocks import draw_block
from comparisons.plots.picture import Curves, Picture, arrange
from comparisons.plots.sheet import Sheet
from comparisons.plots.style import STYLE


def plot_task(curves: Curves) -> Figure:
    """One task's losses, gaps to the reference and, where there are any, accuracies or paths.

    Save it within `matplotlib.rc_context(STYLE)`.

    Raises:
        BadInput: no losses of this task, or an unknown name in them.
    """
    return plot_picture(arrange(curves))


def plot_picture(picture: Picture) -> Figure:
    """The same, of what is arranged: all of a task, or one of its `sheets`."""
    with matplotlib.rc_context(STYLE):
        sheet = Sheet(picture)
        for row in range(len(picture.optimizers)):
            draw_block(sheet, picture, row)
    return sheet.figure
