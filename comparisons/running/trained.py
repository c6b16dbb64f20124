"""All that a comparison takes, trained: its cells, and what its gaps are judged and explained by."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.of_run import beyond, intermediate_rules, reference_runs
from comparisons.analysis.reference import references
from comparisons.analysis.work import IntermediateRules, ReferenceRuns
from comparisons.faithful.held import Held, gather, submit
from comparisons.frameworks import installed
from comparisons.frameworks.column import column
from comparisons.names import Dtype
from comparisons.store import Store
from comparisons.store.session import Session, begin
from comparisons.tasks import TaskSpec
from comparisons.tasks.problem import Problem, make_problem
from comparisons.training import implementations
from comparisons.training.cells import Cell, Failure, Job, Outcome, Work
from comparisons.training.contract import History
from comparisons.training.runner import Progress, Silence, train_all
from comparisons.training.workers import Workers


def unheard(_: object) -> None:
    """Nobody is told."""


class Watch(NamedTuple):
    """Who is told of what goes on, and how long a worker may be without an answer.

    Args:
        trained: called with the comparison of a task alone, when all of its cells have an outcome and others have not.
    """

    progress: Progress
    say: Callable[[str], object]
    silence: Callable[[Silence], object]
    timeout: float
    trained: Callable[[Comparison], object] = unheard


def trained(blank: Comparison, workers: Workers, store: Store | None, watch: Watch) -> Comparison:
    """The comparison with the outcomes of all cells, of the runs that judge their gaps and the rules that explain them.

    The NumPy worker does all that while the other frameworks train their cells. Where a cell fails, another framework
    may become the reference: the rules that this takes are trained afterwards.
    """
    here = {name for name in blank.frameworks if not installed.missing(name)}
    ready = [cell for cell in blank.cells if cell.framework in here]
    judging = tuple(reference_runs(ready))
    with closing(workers):
        for name in dict.fromkeys(cell.framework for cell in ready):
            workers.executor(name)  # frameworks are imported while all is planned
        asked = replace(
            blank,
            devices=_devices(blank.frameworks, workers),
            reference_runs=judging,
            intermediate_rules=tuple(_between(blank, judging, lambda cell: cell.framework in here)),
        )
        session = begin(asked, store, workers.given)
        holdings = submit([(cell.framework, cell.call) for cell in ready], workers, session.findings)
        works: list[Work] = [*asked.cells, *asked.reference_runs, *asked.intermediate_rules]
        outcomes, interrupted = _train(asked, works, session, workers, watch)
        failed = any(not isinstance(outcomes.get(cell.job), History) for cell in ready)
        curved = _between(asked, judging, lambda cell: isinstance(outcomes.get(cell.job), History)) if failed else []
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


def _between(
    asked: Comparison, judging: Iterable[ReferenceRuns], has_curve: Callable[[Cell], bool]
) -> list[IntermediateRules]:
    """The rules that explain gaps between the cells that have a curve, but for those that are trained to judge them."""
    found = references(asked.cells, asked.source, has_curve)
    return beyond(intermediate_rules([cell for cell in asked.cells if has_curve(cell)], found), judging)


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
    missing = {name for name in {work.framework for work in works} if installed.missing(name)}
    for work in works:
        if work.framework in missing:
            outcomes[work.job] = Failure(reason=installed.remedy(work.framework))
    there = {work.job: work for work in works if work.job not in outcomes}
    totals = Counter(job.framework for job in there)
    try:
        outcomes |= session.known(there.values())
        done = Counter(job.framework for job in outcomes if job in there)
        ready = [work for job, work in there.items() if job not in outcomes]
        for line in session.anew(ready):
            watch.say(line)
        problems = _problems(asked.tasks, ready, asked.seeds)
        watch.progress({name: (done[name], total) for name, total in totals.items()})
        left = {task.name: {cell.job for cell in asked.cells if cell.task == task.name} for task in asked.tasks}
        left = {task: jobs - outcomes.keys() for task, jobs in left.items()}
        for job, outcome in train_all(ready, problems, workers, watch.timeout, watch.silence):
            outcomes[job] = outcome
            session.keep(there[job], outcome)
            done[job.framework] += 1
            watch.progress({name: (done[name], total) for name, total in totals.items()})
            left.get(job.task, set()).discard(job)
            for task in [task for task, jobs in left.items() if not jobs]:
                del left[task]
                watch.trained(_alone(asked, task, outcomes))
    except KeyboardInterrupt:
        return outcomes, True
    finally:
        workers.close()
    return outcomes, False


def _alone(asked: Comparison, task: str, outcomes: dict[Job, Outcome]) -> Comparison:
    """The comparison of one task, of whose cells all have an outcome."""
    cells = tuple(cell for cell in asked.cells if cell.task == task)
    return replace(
        asked,
        tasks=tuple(spec for spec in asked.tasks if spec.name == task),
        cells=cells,
        outcomes={cell.job: outcomes[cell.job] for cell in cells},
        reference_runs=(),
        intermediate_rules=(),
    )


def _problems(
    tasks: Iterable[TaskSpec], cells: Iterable[Work], seeds: tuple[int, ...]
) -> dict[tuple[str, Dtype], Problem]:
    needed = dict.fromkeys((cell.task, cell.dtype) for cell in cells)
    by_name = {task.name: task for task in tasks}
    return {(name, dtype): make_problem(by_name[name], seeds, dtype) for name, dtype in needed}
