"""One optimizer on one task at one level, as wide as a column of a paper."""

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from comparisons.frameworks.column import column
from comparisons.names import BadInput, Level, unknown
from comparisons.plots.axis import GAP, loss_axis, step_axis
from comparisons.plots.figure import ShownFigure
from comparisons.plots.heading import legend_keys
from comparisons.plots.panels import draw_gaps, draw_losses
from comparisons.plots.picture import Curves, arrange
from comparisons.plots.style import STYLE
from comparisons.plots.words import lines

LEAST, MOST = 2.0, 20.0  # inches
HEIGHT, TITLE = 2.3, 0.16  # inches: of the two panels with what is around them, and of a line of the title
ENTRY = 1.1  # inches, of the legend
TITLE_FONT = FontProperties(size=8, weight="bold")


def plot_paper(curves: Curves, optimizer: str, level: Level, width: float) -> Figure:
    """The losses of each framework, and below them the gaps to the reference.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        width: inches.

    Raises:
        BadInput: there are no curves of such an optimizer at the level, or the width is no column's.
    """
    picture = arrange(curves)
    if optimizer not in picture.optimizers:
        raise BadInput(f"task '{picture.task.name}': {unknown('optimizer', optimizer, picture.optimizers)}")
    if level not in picture.levels:
        raise BadInput(unknown("level", level, picture.levels))
    if not LEAST <= width <= MOST:
        raise BadInput(f"--width is {width:g} inches; it must be between {LEAST:g} and {MOST:g}")
    bands = picture.bands(optimizer, level)
    title = lines(f"{optimizer} on {picture.task.name}, {level}", TITLE_FONT, width - 0.5)
    with matplotlib.rc_context(STYLE):
        keys = legend_keys(picture)[: len(picture.frameworks) + len(picture.dtypes)]
        abreast = max(1, int(width / ENTRY))
        rows = -(-len(keys) // abreast)
        figure = ShownFigure(figsize=(width, HEIGHT + TITLE * (len(title) + rows)), layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 2))
        steps = step_axis(picture.task.steps - 1)
        steps.set_x(upper, labelled=False)
        steps.set_x(lower, named=True)
        loss_axis(list(bands.values())).set_y(upper)
        GAP.set_y(lower)
        lower.set_ylabel(f"gap to {column(picture.reference).name}")
        upper.set_title("\n".join(title), fontproperties=TITLE_FONT, loc="left")
        draw_losses(upper, bands, picture.remarks(optimizer, level))
        gaps, remarks = picture.gap_tables(optimizer, level), picture.gap_remarks(optimizer, level)
        draw_gaps(lower, gaps, remarks, picture.steps_per_point)
        figure.align_ylabels([upper, lower])
        figure.legend(handles=keys, ncols=abreast, loc="outside lower left", fontsize=7, handlelength=2.2)
    return figure
