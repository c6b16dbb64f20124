"""A block: one optimizer's panels, a column for each level."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from comparisons.names import Level
from comparisons.plots.axis import ACCURACY, GAP, loss_axis, step_axis
from comparisons.plots.panels import draw_accuracy, draw_gaps, draw_losses
from comparisons.plots.paths import draw_paths
from comparisons.plots.picture import Picture
from comparisons.plots.sheet import Sheet
from comparisons.plots.words import INCH, shortened, width

NAME_FONT, GIVEN_FONT = FontProperties(size=9, weight="bold"), FontProperties(size=8)
BEHIND = 8  # points from the name to what is given


def draw_block(sheet: Sheet, picture: Picture, row: int) -> None:
    """Draw the block of optimizer number `row`. Its columns have the same axes, so that levels can be compared."""
    optimizer, last_row = picture.optimizers[row], row == len(picture.optimizers) - 1
    bands = [picture.bands(optimizer, level) for level in picture.levels]
    steps, losses = step_axis(picture.task.steps - 1), loss_axis([curve for of in bands for curve in of.values()])
    for column, level in enumerate(picture.levels):
        upper, lower = sheet.stack(row, column)
        steps.set_x(upper, labelled=False)
        steps.set_x(lower, named=last_row)
        losses.set_y(upper, labelled=column == 0)
        GAP.set_y(lower, labelled=column == 0)
        draw_losses(upper, bands[column], picture.remarks(optimizer, level))
        gaps, remarks = picture.gap_tables(optimizer, level), picture.gap_remarks(optimizer, level)
        draw_gaps(lower, gaps, remarks, picture.steps_per_point)
        if column == 0:
            _write_recipe(upper, picture, optimizer, sheet.room)
        if picture.aside:
            _draw_aside(sheet.aside(row, column), picture, optimizer, level, last_row=last_row)


def _write_recipe(axes: Axes, picture: Picture, optimizer: str, room: float) -> None:
    """The block's name, and behind it what its recipe gives: in one line, `room` inches wide."""
    recipe = next(recipe for recipe in picture.task.recipes if recipe.label == optimizer)
    given = recipe.describe()
    offset: dict[str, Any] = {"textcoords": "offset points", "va": "bottom"}
    label = shortened(optimizer, NAME_FONT, room - BEHIND / INCH - width(given, GIVEN_FONT))
    name = axes.annotate(label, (0, 1), (0, 3), xycoords="axes fraction", fontproperties=NAME_FONT, **offset)
    axes.annotate(given, (1, 0), (BEHIND, 0), xycoords=name, fontproperties=GIVEN_FONT, color="0.3", **offset)


def _draw_aside(axes: Axes, picture: Picture, optimizer: str, level: Level, *, last_row: bool) -> None:
    """The third panel: the paths of parameters that are a point in the plane, else accuracy."""
    if picture.ends:
        draw_paths(axes, *picture.ends, picture.pick(picture.paths, optimizer, level), last_row=last_row)
    else:
        step_axis(picture.task.steps).set_x(axes, named=last_row)
        ACCURACY.set_y(axes)
        train, test = (picture.pick(of, optimizer, level) for of in (picture.train_accuracy, picture.test_accuracy))
        draw_accuracy(axes, train, test)
