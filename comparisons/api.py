"""Run a comparison from Python."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.of_run import beyond, intermediate_rules, reference_runs
from comparisons.analysis.reference import references
from comparisons.analysis.work import IntermediateRules
from comparisons.faithful.held import Held, gather, submit
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.frameworks.column import column
from comparisons.names import DTYPES, LEVELS, BadInput, Dtype, Level, unknown
from comparisons.results import files as results
from comparisons.results import kept, parquet
from comparisons.rules.recipe import OPTIMIZERS
from comparisons.store import Store, open_store, runs
from comparisons.store.notes import PARQUET
from comparisons.store.session import Session, begin, keys_of
from comparisons.tasks import TASKS, TaskSpec, find
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.size import check_results
from comparisons.training import implementations
from comparisons.training.cells import Cell, Failure, Job, Outcome, Work, cells_of
from comparisons.training.contract import History
from comparisons.training.runner import HANG_SECONDS, Progress, Silence, check_timeout, train_all
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
    fresh: bool = False,
    as_parquet: bool = False,
    timeout: float = HANG_SECONDS,
    say: Callable[[str], object] | None = None,
    silence: Callable[[Silence], object] | None = None,
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
        out: a directory to write results to; none are written without. What a run has finished there before is not
            trained again: see docs/runs.md.
        executor: where to train instead of in a process for each framework.
        progress: called with the number of cells done and in all, before the training and after each.
        fresh: forget what was finished in `out` before.
        as_parquet: write the losses as losses.parquet, too, now and whenever the files of `out` are made anew.
        timeout: the seconds after which a worker that gives no answer is ended, and its training given up.
        say: called with each line that there is to tell meanwhile: what is trained anew, and why.
        silence: called with what is known of a worker that gives no answer for half a minute, or longer.

    Ctrl-C ends the training and keeps what is finished (`interrupted` says so). The files of an earlier run that is
    complete are then left as they are. While pictures are drawn it keeps the tables and goes on to the caller.

    Raises:
        BadInput: something asked for does not exist, is out of its range or cannot be read; or another run has `out`.
        NoFramework: no framework asked for is installed.
        CannotWrite: `out` cannot be written; what was finished before is kept there.
    """
    _check_columns(frameworks)
    check_names(levels, dtypes, source)
    _check_counts(seeds=seeds, steps=1 if steps is None else steps)
    check_timeout(timeout)
    if as_parquet:
        parquet.require()
    chosen = _select(tasks, optimizers, steps)
    names = _usable(frameworks)
    asked = list(dict.fromkeys(dtypes or DTYPES))
    cells = cells_of(chosen, dict.fromkeys(levels or LEVELS), asked, names, source)
    if not cells:
        raise BadInput(_nothing_to_train(chosen, names))
    check_results(len(cells), max(task.steps for task in chosen), seeds)
    blank = Comparison(
        tasks=tuple(chosen),
        frameworks=tuple(names),
        devices={},
        source=source,
        seeds=tuple(range(seeds)),
        cells=tuple(cells),
        outcomes={},
        interrupted=True,
    )
    watch = Watch(progress or _unheard, say or _unheard, silence or _unheard, timeout)
    if out is None:
        return _trained(blank, Workers(given=executor), None, watch)
    with open_store(Path(out), fresh=fresh) as store:
        for line in store.said:
            watch.say(line)
        if as_parquet:
            store.note(PARQUET, True)
        if found := kept.before(blank, keys_of(blank, executor), store, Path(out), _page):
            return found
        logs = results.prepare(Path(out), [task.name for task in chosen])
        comparison = _trained(blank, Workers(given=executor, logs=logs), store, watch)
        if not kept.write(comparison, keys_of(comparison, executor), store, Path(out), _page):
            watch.say(f"{out} has the files of an earlier run, which is complete; what is finished of this one is kept")
    return comparison


def load(path: str | Path) -> Comparison:
    """The comparison that a run has left in its directory, as `run` returned it; no framework is imported.

    Of a run that was killed it is what was finished (`interrupted` says so).

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    return runs.load(Path(path))


def remake(path: str | Path) -> list[str]:
    """Make the files of the run in a directory anew, from its store; return what there is to tell of it, in lines.

    Raises:
        BadInput: there is none, or another run has it. CannotWrite: a file cannot be written.
    """
    return kept.again(Path(path), _page)


def _page(comparison: Comparison) -> str:
    """The page of a run."""
    from comparisons.report import page  # who writes no files need not load it

    return page(comparison)


class Watch(NamedTuple):
    """Who is told of what goes on, and how long a worker may be without an answer."""

    progress: Progress
    say: Callable[[str], object]
    silence: Callable[[Silence], object]
    timeout: float


def _unheard(_: object) -> None:
    """Nobody is told."""


def _trained(blank: Comparison, workers: Workers, store: Store | None, watch: Watch) -> Comparison:
    """The comparison with the outcomes of all cells, of the runs that judge their gaps and the rules that explain them.

    The NumPy worker does all that while the other frameworks train their cells. Where a cell fails, another framework
    may become the reference: the rules that this takes are trained afterwards.
    """
    ready = [cell for cell in blank.cells if not installed.missing(cell.framework)]

    def needed(has_curve: Callable[[Cell], bool]) -> list[IntermediateRules]:
        found = references(blank.cells, blank.source, has_curve)
        return intermediate_rules([cell for cell in blank.cells if has_curve(cell)], found)

    with closing(workers):
        asked = replace(
            blank,
            devices=_devices(blank.frameworks, workers),
            reference_runs=tuple(reference_runs(ready)),
            intermediate_rules=tuple(needed(lambda cell: not installed.missing(cell.framework))),
        )
        session = begin(asked, store, workers.given)
        holdings = submit([(cell.framework, cell.call) for cell in ready], workers, session.findings)
        works: list[Work] = [*asked.cells, *asked.reference_runs, *asked.intermediate_rules]
        outcomes, interrupted = _train(asked, works, session, workers, watch)
        failed = any(not isinstance(outcomes.get(cell.job), History) for cell in ready)
        curved = needed(lambda cell: isinstance(outcomes.get(cell.job), History)) if failed else []
        more = beyond(curved, asked.intermediate_rules)
        if more and not interrupted:
            late, interrupted = _train(asked, more, session, workers, watch)
            outcomes |= late
        held = Held() if interrupted else gather(holdings)
        session.keep_findings([] if interrupted else holdings)
    return replace(
        asked,
        outcomes=outcomes,
        interrupted=interrupted,
        intermediate_rules=(*asked.intermediate_rules, *more),
        held=held,
        provenance=session.provenance,
    )


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
    asked: Comparison, works: Sequence[Work], session: Session, workers: Workers, watch: Watch
) -> tuple[dict[Job, Outcome], bool]:
    """The outcome of every job, and whether Ctrl-C cut the training short."""
    outcomes: dict[Job, Outcome] = {}
    for work in works:
        if installed.missing(work.framework):
            outcomes[work.job] = Failure(reason=installed.remedy(work.framework))
    there = {work.job: work for work in works if work.job not in outcomes}
    totals = Counter(job.framework for job in there)
    try:
        outcomes |= session.known(there.values())
        done = Counter(job.framework for job in outcomes if job in there)
        ready = [work for job, work in there.items() if job not in outcomes]
        for line in session.anew(ready):
            watch.say(line)
        for framework in dict.fromkeys(work.framework for work in ready):
            workers.executor(framework)  # frameworks are imported while the problems are made
        problems = _problems(asked.tasks, ready, asked.seeds)
        watch.progress({name: (done[name], total) for name, total in totals.items()})
        for job, outcome in train_all(ready, problems, workers, watch.timeout, watch.silence):
            outcomes[job] = outcome
            session.keep(there[job], outcome)
            done[job.framework] += 1
            watch.progress({name: (done[name], total) for name, total in totals.items()})
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
