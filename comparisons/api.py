"""Run a comparison from Python."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.of_run import beyond, intermediate_rules, reference_runs
from comparisons.analysis.reference import references
from comparisons.analysis.work import IntermediateRules, ReferenceRuns
from comparisons.faithful.held import Held, gather, submit
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.frameworks.column import column
from comparisons.names import DTYPES, LEVELS, BadInput, Dtype, Level, unknown
from comparisons.results import files as results
from comparisons.rules.recipe import OPTIMIZERS
from comparisons.tasks import TASKS, TaskSpec, find
from comparisons.tasks.problem import Problem, make_problem
from comparisons.training import implementations
from comparisons.training.cells import Cell, Failure, Job, Outcome, Work, cells_of
from comparisons.training.contract import History
from comparisons.training.runner import Progress, train_all
from comparisons.training.workers import Workers


class NoFramework(BadInput):
    """None of the frameworks asked for is installed."""


def run(
    *tasks: str | os.PathLike[str] | TaskSpec,
    optimizers: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    levels: Sequence[Level] = LEVELS,
    dtypes: Sequence[Dtype] = DTYPES,
    seeds: int = 1,
    steps: int | None = None,
    source: str = "torch",
    out: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Train the tasks in each framework, from the same numbers, and return the curves side by side.

    Args:
        tasks: names, paths of TOML files or TaskSpecs; none means all shipped tasks.
        optimizers: names or labels of the recipes to train; none means all.
        frameworks: none means those that are installed. One asked for by name that is not installed costs its cells.
            With a device, "torch@cuda", a framework trains there, as a column of its own.
        levels, dtypes: which to run; none means all.
        seeds: replicas, with the seeds 0, 1, ..., seeds - 1.
        steps: instead of each task's own number.
        source: the framework whose numbers `same-numbers` takes and whose curve the others are compared with.
        out: a directory to write results to; none are written without.
        executor: where to train instead of in a process for each framework.
        progress: called with the number of cells done and in all, before the training and after each.

    Ctrl-C ends the training and keeps what is finished (`interrupted` says so). While pictures are drawn it keeps the
    tables and goes on to the caller.

    Raises:
        BadInput: something asked for does not exist, is out of its range or cannot be read.
        NoFramework: no framework asked for is installed.
        results.CannotWrite: `out` cannot be written.
    """
    _check_columns(frameworks)
    check_names(levels, dtypes, source)
    _check_counts(seeds=seeds, steps=1 if steps is None else steps)
    chosen = _select(tasks, optimizers, steps)
    names = _usable(frameworks)
    asked = list(dict.fromkeys(dtypes or DTYPES))
    cells = cells_of(chosen, dict.fromkeys(levels or LEVELS), asked, names, source)
    if not cells:
        raise BadInput(_nothing_to_train(chosen, names))
    logs = None if out is None else results.prepare(Path(out))
    workers = Workers(given=executor, logs=logs)
    replicas = tuple(range(seeds))
    devices = _devices(names, workers)

    train = partial(_train, chosen, seeds=replicas, workers=workers, progress=progress)
    with closing(workers):
        ours = [(cell.framework, cell.call) for cell in cells if not installed.missing(cell.framework)]
        holdings = submit(ours, workers)
        outcomes, runs, between, interrupted = _train_and_explain(train, cells, source)
        held = Held() if interrupted else gather(holdings)
    comparison = Comparison(
        tasks=tuple(chosen),
        frameworks=tuple(names),
        devices=devices,
        source=source,
        seeds=replicas,
        cells=tuple(cells),
        outcomes=outcomes,
        interrupted=interrupted,
        reference_runs=tuple(runs),
        intermediate_rules=tuple(between),
        held=held,
    )
    if out is not None:
        results.write(comparison, Path(out))
    return comparison


def _train_and_explain(
    train: Callable[[Sequence[Work]], tuple[dict[Job, Outcome], bool]],
    cells: Sequence[Cell],
    source: str,
) -> tuple[dict[Job, Outcome], list[ReferenceRuns], list[IntermediateRules], bool]:
    """The outcomes of all cells, of the runs that judge their gaps and the rules that explain them; and those.

    At last, whether Ctrl-C cut it short.

    The NumPy worker does all that while the other frameworks train their cells. Where a cell fails, another framework
    may become the reference: the rules that this takes are trained afterwards.
    """

    def needed(has_curve: Callable[[Cell], bool]) -> list[IntermediateRules]:
        found = references(cells, source, has_curve)
        return intermediate_rules([cell for cell in cells if has_curve(cell)], found)

    between = needed(lambda cell: not installed.missing(cell.framework))
    runs = reference_runs([cell for cell in cells if not installed.missing(cell.framework)])
    outcomes, interrupted = train([*cells, *runs, *between])
    more = beyond(needed(lambda cell: isinstance(outcomes.get(cell.job), History)), between)
    if more and not interrupted:
        late, interrupted = train(more)
        outcomes |= late
    return outcomes, runs, [*between, *more], interrupted


def _nothing_to_train(tasks: Iterable[TaskSpec], names: Iterable[str]) -> str:
    wanted = dict.fromkeys(recipe.optimizer for task in tasks for recipe in task.recipes)
    return f"no {' or '.join(wanted)} in {' or '.join(names)}; add the level same-rule or another framework"


def _usable(frameworks: Sequence[str]) -> list[str]:
    """Those asked for, or all that are installed; of the ones asked for one at least must be."""
    names = list(dict.fromkeys(frameworks)) or [name for name in FRAMEWORKS if not installed.missing(name)]
    if all(installed.missing(name) for name in names):
        raise NoFramework("\n".join(f"{name} cannot run: {installed.remedy(name)}" for name in names or FRAMEWORKS))
    return names


def _devices(names: Iterable[str], workers: Workers) -> dict[str, dict[str, Any]]:
    """How each column that names a device computes there, before anything is trained.

    Raises:
        BadInput: the framework has no such device here.
    """
    asked = [name for name in names if column(name).device and not installed.missing(name)]
    try:
        return {name: workers.executor(name).submit(implementations.settings, name).result() for name in asked}
    except BaseException:
        workers.close()
        raise


def _train(
    tasks: Iterable[TaskSpec],
    cells: Sequence[Work],
    seeds: tuple[int, ...],
    workers: Workers,
    progress: Progress | None,
) -> tuple[dict[Job, Outcome], bool]:
    """The outcome of every job, and whether Ctrl-C cut the training short."""
    outcomes: dict[Job, Outcome] = {}
    for cell in cells:
        if installed.missing(cell.framework):
            outcomes[cell.job] = Failure(reason=installed.remedy(cell.framework))
    ready = [cell for cell in cells if cell.job not in outcomes]
    totals = Counter(job.framework for job in dict.fromkeys(cell.job for cell in ready))
    done: Counter[str] = Counter()
    try:
        for framework in totals:
            workers.executor(framework)  # frameworks are imported while the problems are made
        problems = _problems(tasks, ready, seeds)
        if progress:
            progress({name: (0, total) for name, total in totals.items()})
        for job, outcome in train_all(ready, problems, workers):
            outcomes[job] = outcome
            done[job.framework] += 1
            if progress:
                progress({name: (done[name], total) for name, total in totals.items()})
    except KeyboardInterrupt:
        return outcomes, True
    finally:
        workers.close()
    return outcomes, False


def _problems(
    tasks: Iterable[TaskSpec], cells: Iterable[Work], seeds: tuple[int, ...]
) -> dict[tuple[str, Dtype], Problem]:
    needed = dict.fromkeys((cell.task, cell.dtype) for cell in cells)
    by_name = {task.name: task for task in tasks}
    return {(name, dtype): make_problem(by_name[name], seeds, dtype) for name, dtype in needed}


def _select(
    tasks: Sequence[str | os.PathLike[str] | TaskSpec], optimizers: Sequence[str], steps: int | None
) -> list[TaskSpec]:
    """The tasks with the recipes and the number of steps that were asked for."""
    chosen = [task if isinstance(task, TaskSpec) else find(os.fspath(task)) for task in tasks] or list(TASKS.values())
    names = [task.name for task in chosen]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"task '{min(twice)}' is given twice; give it once")
    have = dict.fromkeys(recipe.label for task in chosen for recipe in task.recipes)
    _check(optimizers=(optimizers, [*have, *(name for name in OPTIMIZERS if name in optimizers)]))
    if steps is not None:
        chosen = [replace(task, steps=steps) for task in chosen]
    if not optimizers:
        return chosen
    kept = [
        replace(task, recipes=recipes)
        for task in chosen
        if (recipes := tuple(r for r in task.recipes if r.label in optimizers or r.optimizer in optimizers))
    ]
    if not kept:
        raise BadInput(f"no task chosen has a recipe for {', '.join(optimizers)}; choose from {', '.join(have)}")
    return kept


def _check_columns(names: Iterable[str]) -> None:
    if isinstance(names, str):
        raise BadInput(f"frameworks is '{names}'; it must be a list, such as ['{names}']")
    for name in names:
        column(name)


def check_names(levels: Sequence[Level], dtypes: Sequence[Dtype], source: str) -> None:
    """Raise BadInput unless there are such levels, dtypes and such a framework."""
    _check(levels=(levels, LEVELS), dtypes=(dtypes, DTYPES))
    _check(sources=([source], FRAMEWORKS))


def _check(**given: tuple[Iterable[str], Iterable[str]]) -> None:
    for kind, (values, allowed) in given.items():
        if isinstance(values, str):
            raise BadInput(f"{kind} is '{values}'; it must be a list, such as ['{values}']")
        for value in values:
            if value not in allowed:
                raise BadInput(unknown(kind.removesuffix("s"), value, allowed))


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise BadInput(f"{name} is {count!r}; it must be a whole number, at least 1")
