"""What there is to do: a cell for each curve of a comparison, and what may come of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from comparisons.frameworks.trainings import Trainable, code
from comparisons.names import Dtype, Level
from comparisons.rules.recipe import Recipe
from comparisons.tasks.problem import Problem
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.contract import Endings, History, InitialEvaluation
from comparisons.training.levels import optimizer_for, runs

END = 160  # letters of what an exception says
Problems = Mapping[tuple[str, Dtype], Problem]


class Job(NamedTuple):
    """One piece of work for a framework's worker. `code` is what is run there, in one line."""

    task: str
    dtype: Dtype
    framework: str
    code: str


class Panel(NamedTuple):
    """What names a panel: the curves of all frameworks and dtypes that are drawn and judged together."""

    task: str
    optimizer: str
    level: Level


class Key(NamedTuple):
    """What names the curves that are compared with each other: one in each framework."""

    task: str
    optimizer: str
    level: Level
    dtype: Dtype

    @property
    def panel(self) -> Panel:
        """The panel of these curves."""
        return Panel(self.task, self.optimizer, self.level)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One curve of the comparison (one for each seed): what is trained, where, by which call or rule."""

    task: str
    optimizer: str
    level: Level
    dtype: Dtype
    framework: str
    call: Trainable

    @property
    def key(self) -> Key:
        """What the cell shares with those that it is compared with."""
        return Key(self.task, self.optimizer, self.level, self.dtype)

    @property
    def job(self) -> Job:
        """Cells with the same job are one training: two levels can ask for the same call."""
        return Job(self.task, self.dtype, self.framework, code(self.call))

    def run(self, problem: Problem) -> History:
        """The training."""
        return implementations.train(self.framework, problem, self.call)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a cell has no history, in one line."""

    reason: str


Outcome = History | InitialEvaluation | Array | Failure | tuple[Endings | Failure, ...]


class Work(Protocol):
    """What a worker can be given: a cell, or what is trained to explain gaps."""

    @property
    def task(self) -> str:
        """The task whose problem it takes."""

    @property
    def dtype(self) -> Dtype:
        """The dtype of the problem."""

    @property
    def framework(self) -> str:
        """The framework whose worker runs it."""

    @property
    def job(self) -> Job:
        """Work with the same job is the same work."""

    def run(self, problem: Problem) -> Outcome:
        """Run it, in the worker."""


def cells_of(
    tasks: Iterable[TaskSpec],
    levels: Iterable[Level],
    dtypes: Iterable[Dtype],
    frameworks_: Iterable[str],
    source: str,
) -> list[Cell]:
    """Every cell of the comparison, the frameworks innermost; none where a framework has no such optimizer."""
    return [
        Cell(
            task=task.name,
            optimizer=recipe.label,
            level=level,
            dtype=dtype,
            framework=framework,
            call=call,
        )
        for task in tasks
        for recipe in task.recipes
        for level in levels
        for calls in [_calls(frameworks_, recipe, level, source)]
        for dtype in dtypes
        for framework, call in calls.items()
    ]


def _calls(frameworks_: Iterable[str], recipe: Recipe, level: Level, source: str) -> dict[str, Trainable]:
    """What each framework that has a curve there runs, at any dtype."""
    there = (name for name in frameworks_ if runs(name, recipe, level))
    return {name: optimizer_for(name, recipe, level, source) for name in there}


def one_line(error: BaseException) -> str:
    """An exception in one line; of a long one, which tells its way, the ends."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return words if len(words) <= 2 * END else f"{words[:END]} … {words[-END:]}"
