"""Comparisons that nobody trained: curves from a formula, at once."""

from dataclasses import replace

import numpy as np

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.of_run import reference_runs
from comparisons.analysis.work import MOVES
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


def the_same_curve(cell, steps, seeds=1):
    """The curve of numpy, in every framework."""
    return a_curve(replace(cell, framework="numpy"), steps, seeds)


def a_full_history(cell, steps, seeds):
    """The curve, with an accuracy and a path."""
    curve = a_curve(cell, steps, seeds)
    return replace(
        curve,
        metrics={"train_accuracy": np.linspace(0, 1, 2 * seeds).reshape(seeds, 2)},
        measured_at=np.array([0, steps]),
        path=np.linspace(0, 1, seeds * (steps + 1) * 2).reshape(seeds, steps + 1, 2),
    )


def still(runs, steps, seeds):
    """The NumPy reference under any rule: the curve of numpy, whatever is moved, but nothing that is flushed."""
    curve = a_curve(runs, steps, seeds).losses
    same = np.broadcast_to(curve, (2, len(runs.rules), *curve.shape))
    return np.stack([*same, np.full_like(same[0], np.nan), *[same[0] for _ in MOVES]])


def a_comparison(*tasks, outcome=a_curve, reference=still, frameworks=tuple(FRAMEWORKS), seeds=1, interrupted=False):
    """`outcome` takes a cell, the task's steps and the number of seeds; None leaves the cell out.

    `reference` takes reference runs in the cell's place.
    """
    tasks = tasks or (a_task(),)
    cells = cells_of(tasks, LEVELS, DTYPES, frameworks, "torch")
    steps = {task.name: task.steps for task in tasks}
    outcomes = {cell.job: outcome(cell, steps[cell.task], seeds) for cell in cells}
    runs = reference_runs(cells)
    outcomes |= {one.job: reference(one, steps[one.task], seeds) for one in runs}
    return Comparison(
        tasks=tasks,
        frameworks=frameworks,
        devices={},
        source="torch",
        seeds=tuple(range(seeds)),
        cells=tuple(cells),
        outcomes={job: found for job, found in outcomes.items() if found is not None},
        interrupted=interrupted,
        reference_runs=tuple(runs),
    )
