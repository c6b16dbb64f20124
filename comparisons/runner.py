"""Train every cell of a comparison, the frameworks side by side, and lose nothing when one fails."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from comparisons import frameworks
from comparisons.calls import NativeCall
from comparisons.contract import History, Problem
from comparisons.levels import call_for
from comparisons.names import Dtype, Framework, Level
from comparisons.tasks.spec import TaskSpec
from comparisons.workers import Workers

ATTEMPTS = 2  # a worker that dies may have been killed for another's memory: its cell is tried once more
HANG_SECONDS = 1800.0  # a training that takes longer is given up

Job = tuple[str, Dtype, Framework, str]
Problems = Mapping[tuple[str, Dtype], Problem]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One curve of the comparison (one for each seed): what is trained, where, and with which call."""

    task: str
    optimizer: str
    level: Level
    dtype: Dtype
    framework: Framework
    call: NativeCall

    @property
    def job(self) -> Job:
        """Cells with the same job are one training: two levels can ask for the same call."""
        return self.task, self.dtype, self.framework, self.call.code()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a cell has no history, in one line."""

    reason: str


Outcome = History | Failure


def cells_of(
    tasks: Iterable[TaskSpec],
    levels: Iterable[Level],
    dtypes: Iterable[Dtype],
    frameworks_: Iterable[Framework],
    source: Framework,
) -> list[Cell]:
    """Every cell of the comparison, the frameworks innermost."""
    return [
        Cell(
            task=task.name,
            optimizer=recipe.label,
            level=level,
            dtype=dtype,
            framework=framework,
            call=call_for(framework, recipe, level, source),
        )
        for task in tasks
        for recipe in task.recipes
        for level in levels
        for dtype in dtypes
        for framework in frameworks_
    ]


def train_all(cells: Iterable[Cell], problems: Problems, workers: Workers) -> Iterator[tuple[Job, Outcome]]:
    """Train each job of the cells once; yield the outcomes as they come.

    Leaving early (an exception, Ctrl-C) ends the workers; what was yielded stands.
    """
    lanes: dict[Framework, dict[Job, Cell]] = {}
    for cell in cells:
        lanes.setdefault(cell.framework, {}).setdefault(cell.job, cell)
    outcomes: SimpleQueue[tuple[Job, Outcome] | BaseException | None] = SimpleQueue()

    def drive(framework: Framework) -> None:
        try:
            for item in lane(framework, list(lanes[framework].values()), problems, workers):
                outcomes.put(item)
            outcomes.put(None)
        except BaseException as error:  # a mistake of ours: to be raised where the outcomes are read
            outcomes.put(error)

    with ThreadPoolExecutor(max_workers=max(1, len(lanes))) as threads:
        try:
            for framework in lanes:
                threads.submit(drive, framework)
            for _ in lanes:
                while (item := outcomes.get()) is not None:
                    if isinstance(item, BaseException):
                        raise item
                    yield item
        finally:
            workers.close()


def lane(
    framework: Framework, cells: list[Cell], problems: Problems, workers: Workers
) -> Iterator[tuple[Job, Outcome]]:
    """One framework's cells in order. A worker that dies or hangs is replaced; one that never gets going is not."""
    deaths: Counter[Job] = Counter()
    waiting, finished = list(cells), 0
    while waiting and (executor := workers.executor(framework)) is not None:
        for cell, outcome in attempt(executor, waiting.copy(), problems):
            if outcome is None:
                deaths[cell.job] += 1
                if deaths[cell.job] < ATTEMPTS:
                    break
                outcome = Failure(reason=f"its worker died {ATTEMPTS} times; logs/{framework}.log has its last words")
            waiting.remove(cell)
            yield cell.job, outcome
            finished += isinstance(outcome, History)
            if deaths[cell.job] and not finished:  # it dies whatever it is given
                yield from ((other.job, outcome) for other in waiting)
                return
        if waiting:
            workers.discard(framework)


def attempt(executor: Executor, cells: list[Cell], problems: Problems) -> Iterator[tuple[Cell, Outcome | None]]:
    """Train the cells in order, until the worker dies (that cell's outcome is None) or hangs."""
    trainings = []
    try:
        for cell in cells:
            problem = problems[cell.task, cell.dtype]
            trainings.append(executor.submit(frameworks.train, cell.framework, problem, cell.call))
    except BrokenExecutor:
        yield cells[0], None
        return
    for cell, training in zip(cells, trainings, strict=True):
        try:
            yield cell, training.result(HANG_SECONDS)
        except BrokenExecutor:
            yield cell, None
            return
        except TimeoutError:
            yield cell, Failure(reason=f"no end after {HANG_SECONDS:.0f} s; its worker was ended")
            return
        except Exception as error:
            yield cell, Failure(reason=f"{type(error).__name__}: {' '.join(str(error).split())}")
