"""Comparisons that nobody trained: curves from a formula, at once."""

from dataclasses import replace

import numpy as np

from comparisons.analysis.comparison import Comparison
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES, LEVELS
from comparisons.tasks import TASKS
from comparisons.training.cells import cells_of
from comparisons.training.contract import History


def a_task(name="bowl", recipes=("sgd", "adam"), steps=4):
    """A shipped task, shortened."""
    task = TASKS[name]
    return replace(task, steps=steps, recipes=tuple(recipe for recipe in task.recipes if recipe.label in recipes))


def a_history(losses, *, metrics=None, measured_at=(), path=None):
    return History(
        losses=losses,
        metrics=metrics or {},
        measured_at=np.array(measured_at, dtype=np.int64),
        path=path,
        params={},
        seconds_setup=0.5,
        seconds_training=0.25,
    )


def a_curve(cell, steps, seeds=1):
    """Losses that halve at each step; in float32 rounded, in tf a millionth higher."""
    losses = (1 + np.arange(seeds))[:, None] * 0.5 ** np.arange(steps) * (1 + 1e-6 * (cell.framework == "tf"))
    return a_history(losses.astype(cell.dtype))


def a_full_history(cell, steps, seeds):
    """The curve, with an accuracy and a path."""
    curve = a_curve(cell, steps, seeds)
    return replace(
        curve,
        metrics={"train_accuracy": np.linspace(0, 1, 2 * seeds).reshape(seeds, 2)},
        measured_at=np.array([0, steps]),
        path=np.linspace(0, 1, seeds * (steps + 1) * 2).reshape(seeds, steps + 1, 2),
    )


def a_comparison(*tasks, outcome=a_curve, frameworks=tuple(FRAMEWORKS), seeds=1, interrupted=False):
    """`outcome` takes a cell, the task's steps and the number of seeds; None leaves the cell out."""
    tasks = tasks or (a_task(),)
    cells = cells_of(tasks, LEVELS, DTYPES, frameworks, "torch")
    steps = {task.name: task.steps for task in tasks}
    outcomes = {cell.job: outcome(cell, steps[cell.task], seeds) for cell in cells}
    return Comparison(
        tasks=tasks,
        frameworks=frameworks,
        devices={},
        source="torch",
        seeds=tuple(range(seeds)),
        cells=tuple(cells),
        other_dtype_cells=(),
        outcomes={job: found for job, found in outcomes.items() if found is not None},
        interrupted=interrupted,
    )
