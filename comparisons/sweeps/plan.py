"""What a sweep trains: a cell for each curve at each point, and the blocks in which workers train them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from comparisons.frameworks import rules_of
from comparisons.frameworks.trainings import Trainable, code
from comparisons.names import BadInput, Dtype, Level
from comparisons.rules.training import elementwise
from comparisons.sweeps.block import KEPT, TOGETHER, Block
from comparisons.sweeps.grids import Grid, Point, at, points_of
from comparisons.tasks.problem import Problem
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training.cells import Job
from comparisons.training.levels import optimizer_for, runs

MOST_CELLS = 1_000_000
MOST_SEEDS = 1_000_000
MOST_ROWS = 100_000_000  # cells times seeds: sweep.csv has as many lines
ROW_BYTES = 200  # of the main process's memory for each line, while the tables are made


@dataclass(frozen=True, kw_only=True)
class SweepCell:
    """A curve of each seed: what is trained where, at which point of the grids."""

    task: str
    optimizer: str
    level: Level
    dtype: Dtype
    framework: str
    point: tuple[float, ...]
    call: Trainable

    @cached_property
    def job(self) -> Job:
        """Cells with the same job are one training: levels and points can ask for the same call."""
        return Job(self.task, self.dtype, self.framework, code(self.call))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked for.

    Args:
        grids: of fields of the recipes; () for none.
        source: the framework whose numbers `same-numbers` takes, and which the others are compared with.
        target: the loss whose first step is looked for; None for a tenth of each seed's first loss.
    """

    tasks: tuple[TaskSpec, ...]
    grids: tuple[Grid, ...]
    levels: tuple[Level, ...]
    dtypes: tuple[Dtype, ...]
    frameworks: tuple[str, ...]
    seeds: int
    source: str
    target: float | None

    @cached_property
    def points(self) -> list[Point]:
        """The points of the grids."""
        return points_of(self.grids)

    @cached_property
    def cells(self) -> tuple[SweepCell, ...]:
        """Every cell, the frameworks innermost; none where a framework has no such optimizer.

        Raises:
            BadInput: a value does not fit a recipe, or there are too many cells.
        """
        recipes = sum(len(task.recipes) for task in self.tasks)
        count = recipes * len(self.levels) * len(self.dtypes) * len(self.points) * len(self.frameworks)
        if count > MOST_CELLS or count * self.seeds > MOST_ROWS:
            raise BadInput(
                f"the sweep has {count:,} cells of {self.seeds:,} seeds; that is more than {MOST_CELLS:,} cells or "
                f"{MOST_ROWS:,} trainings: give fewer seeds, values or optimizers"
            )
        return tuple(
            SweepCell(
                task=task.name,
                optimizer=recipe.label,
                level=level,
                dtype=dtype,
                framework=framework,
                point=tuple(point.values()),
                call=optimizer_for(framework, at(recipe, point), level, self.source),
            )
            for task in self.tasks
            for recipe in task.recipes
            for level in self.levels
            for dtype in self.dtypes
            for point in self.points
            for framework in self.frameworks
            if runs(framework, recipe, level)
        )

    @cached_property
    def jobs(self) -> dict[Job, SweepCell]:
        """Each training once, with the first cell that asks for it."""
        found: dict[Job, SweepCell] = {}
        for cell in self.cells:
            found.setdefault(cell.job, cell)
        return found


def blocks_of(
    plan: Plan, jobs: Iterable[Job], problems: Mapping[tuple[str, Dtype], Problem], memory: int
) -> list[Block]:
    """The trainings in blocks that share a pass forward and backward, each within `memory` bytes.

    Raises:
        BadInput: one replica needs more.
    """
    grouped: dict[tuple[str, Dtype, str, bool], list[SweepCell]] = {}
    for job in jobs:
        cell = plan.jobs[job]
        alone = not elementwise(rules_of(cell.call))
        grouped.setdefault((cell.task, cell.dtype, cell.framework, alone), []).append(cell)
    return [
        block
        for (task, dtype, _, alone), cells in grouped.items()
        for block in _blocks(plan, cells, problems[task, dtype], memory, alone)
    ]


def _blocks(plan: Plan, cells: Sequence[SweepCell], problem: Problem, memory: int, alone: bool) -> list[Block]:
    """The blocks of trainings of one problem in one framework."""
    at_once = memory // bytes_of_replica(problem)
    if at_once < 1:
        raise BadInput(
            f"task '{problem.task.name}': one replica needs {bytes_of_replica(problem) / 2**20:.0f} MiB and a worker "
            f"has {memory / 2**20:.0f}; give more --memory, or a smaller batch or net"
        )
    if alone:
        at_once = min(at_once, TOGETHER)
    together = max(1, min(TOGETHER, at_once // plan.seeds))
    return [
        Block(
            task=first.task,
            dtype=first.dtype,
            framework=first.framework,
            optimizers=tuple(cell.call for cell in cells[i : i + together]),
            seeds=range(plan.seeds),
            at_once=at_once,
            kept=max(2, min(KEPT, memory // (4 * problem.inputs.itemsize * plan.seeds))),
            target=plan.target,
        )
        for i in range(0, len(cells), together)
        for first in cells[i : i + 1]
    ]


def bytes_of_replica(problem: Problem) -> int:
    """About what a replica needs while it is trained: parameters, state and temporaries; activations; its losses."""
    numbers = sum(array[0].size for array in problem.params.values())
    rows = problem.task.batch or len(problem.inputs)
    widths = [_width(array) for array in problem.params.values()]
    activations = 4 * rows * (problem.inputs.shape[1] + sum(widths) + problem.targets.shape[1])
    itemsize = problem.inputs.itemsize
    return itemsize * (16 * numbers + activations) + 4 * max(itemsize, 8) * problem.task.steps + ROW_BYTES


def _width(array: Array) -> int:
    return int(array.shape[-1])
