"""The picture of one task."""

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from comparisons.names import Framework
from comparisons.plots.blocks import draw_block
from comparisons.plots.picture import arrange
from comparisons.plots.sheet import Sheet
from comparisons.plots.style import STYLE
from comparisons.tasks.spec import TaskSpec


def plot_task(
    task: TaskSpec, losses: pd.DataFrame, metrics: pd.DataFrame, paths: pd.DataFrame, source: Framework
) -> Figure:
    """One task's losses, gaps to the source and, where there are any, accuracies or paths.

    Save it within `matplotlib.rc_context(STYLE)`.

    Args:
        task: whose rows are taken from the frames.
        losses: task, optimizer, level, dtype, framework, seed, step, loss. A run that diverges has inf or NaN.
        metrics: the same with metric ("train_accuracy", "test_accuracy") and value; may be empty.
        paths: the same with x0 and x1; may be empty.
        source: to which the gaps are taken; if it is not in `losses`, the first framework that is.

    Raises:
        BadInput: no losses of this task, or an unknown name in them.
    """
    picture = arrange(task, losses, metrics, paths, source)
    with matplotlib.rc_context(STYLE):
        sheet = Sheet(picture)
        for row in range(len(picture.optimizers)):
            draw_block(sheet, picture, row)
    return sheet.figure
