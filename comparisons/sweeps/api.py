"""Run a sweep from Python."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path

import psutil

from comparisons.frameworks import installed
from comparisons.names import LEVELS, BadInput, Dtype, Level
from comparisons.results import files as results
from comparisons.running.asked import check_columns, check_counts, check_names, chosen, nothing_to_train, usable
from comparisons.running.trained import unheard
from comparisons.store import Key, Store, open_store
from comparisons.store.notes import SWEEP
from comparisons.sweeps import files
from comparisons.sweeps.block import Block
from comparisons.sweeps.cluster import OnCluster
from comparisons.sweeps.estimate import Estimate, estimate
from comparisons.sweeps.grids import Grid, read_values
from comparisons.sweeps.plan import MOST_SEEDS, Plan, blocks_of
from comparisons.sweeps.replay import replay
from comparisons.sweeps.stored import endings_from, keys_of, note_of, record_of
from comparisons.sweeps.sweep import Sweep
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.spec import TaskSpec
from comparisons.training.cells import Failure, Job, Outcome
from comparisons.training.contract import Endings
from comparisons.training.runner import HANG_SECONDS, Progress, Silence, check_timeout, train_all
from comparisons.training.workers import Workers

Grids = Mapping[str, Sequence[float] | str] | Sequence[Grid]


def sweep(
    *tasks: str | os.PathLike[str] | TaskSpec,
    grid: Grids = (),
    optimizers: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    levels: Sequence[Level] = LEVELS,
    dtypes: Sequence[Dtype] = ("float32",),
    seeds: int = 200,
    steps: int | None = None,
    source: str = "torch",
    target: float | None = None,
    out: str | Path | None = None,
    fresh: bool = False,
    memory: int | None = None,
    executor: Executor | None = None,
    scheduler: str | None = None,
    mixed_versions: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
    silence: Callable[[Silence], object] | None = None,
) -> Sweep:
    """Train the tasks over many seeds and over grids of hyperparameters, in each framework; return what holds.

    Args:
        tasks, optimizers, frameworks, levels, source: as those of `run`.
        grid: by field of a recipe, its values: `{"learning_rate": "1e-4:1e0:log:13", "beta2": [0.9, 0.99]}`.
        dtypes: which to train in.
        seeds: replicas of each cell, with the seeds 0, 1, ..., seeds - 1.
        target: the loss whose first step is looked for; None for a tenth of each seed's first loss.
        out: a directory to write results to; none are written without. What an earlier sweep finished there is not
            trained again, unless `fresh`.
        memory: bytes that all workers together may take for arrays; None for half of what is free.
        executor: where to train instead of in a process for each framework.
        scheduler: the address of a Dask cluster's, to train there. mixed_versions: also by workers whose versions are
            not those here.
        timeout: the seconds after which a worker here that gives no answer is ended, and the trainings that it has in
            hand given up; None for 1800. A cluster sees to its own.
        progress: called with the number of blocks of trainings done and in all.
        silence: called with what is known of a worker that gives no answer for half a minute, or longer.

    Raises:
        BadInput: something asked for does not exist, is out of its range or cannot be read.
        NoFramework: no framework asked for is installed.
        results.CannotWrite: `out` cannot be written.
    """
    plan = plan_of(*tasks, grid=grid, optimizers=optimizers, frameworks=frameworks, levels=levels, dtypes=dtypes,
                   seeds=seeds, steps=steps, source=source, target=target)  # fmt: skip
    seconds = checked(timeout, scheduler=scheduler)

    def trainer(logs: Path | None) -> Train:
        if scheduler is not None:
            return OnCluster(scheduler, mixed_versions, progress)
        return locally(given=executor, logs=logs, progress=progress, timeout=seconds, silence=silence or unheard)

    if out is None:
        return run(plan, memory_of(plan, memory), trainer(None))
    with open_store(Path(out), fresh=fresh) as store:
        found = run(plan, memory_of(plan, memory), trainer(results.prepare(Path(out))), store)
        files.write(found, Path(out))
    return found


def plan_of(
    *tasks: str | os.PathLike[str] | TaskSpec,
    grid: Grids = (),
    optimizers: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    levels: Sequence[Level] = LEVELS,
    dtypes: Sequence[Dtype] = ("float32",),
    seeds: int = 200,
    steps: int | None = None,
    source: str = "torch",
    target: float | None = None,
) -> Plan:
    """What `sweep` would train with these arguments.

    Raises:
        BadInput: as `sweep`.
        NoFramework: no framework asked for is installed.
    """
    check_columns(frameworks)
    check_names(levels, dtypes, source)
    check_counts(seeds=seeds, steps=1 if steps is None else steps)
    if seeds > MOST_SEEDS:
        raise BadInput(f"seeds is {seeds:,}; it must be at most {MOST_SEEDS:,}")
    plan = Plan(
        tasks=tuple(chosen(tasks, optimizers, steps)),
        grids=grids_of(grid),
        levels=tuple(dict.fromkeys(levels or LEVELS)),
        dtypes=tuple(dict.fromkeys(dtypes)),
        frameworks=tuple(usable(frameworks)),
        seeds=seeds,
        source=source,
        target=target,
    )
    if not plan.cells:
        raise BadInput(nothing_to_train(plan.tasks, plan.frameworks))
    return plan


def checked(timeout: float | None, *, scheduler: str | None) -> float:
    """The seconds that a worker may be without an answer.

    Raises:
        BadInput: they are none, or they are given for a cluster.
    """
    if timeout is None:
        return HANG_SECONDS
    check_timeout(timeout)
    if scheduler is not None:
        raise BadInput("timeout is for workers here: a cluster ends its own; leave it out")
    return timeout


def grids_of(grid: Grids) -> tuple[Grid, ...]:
    """The grids that were given, in order."""
    if not isinstance(grid, Mapping):
        return tuple(grid)
    return tuple(
        Grid(field=field, values=read_values(field, values) if isinstance(values, str) else tuple(values))
        for field, values in grid.items()
    )


def memory_of(plan: Plan, memory: int | None) -> int:
    """The bytes for one worker: of what was given, or of half of what is free, its share."""
    whole = psutil.virtual_memory().available // 2 if memory is None else memory
    return whole // len(plan.frameworks)


def problems_of(plan: Plan) -> dict[tuple[str, Dtype], Problem]:
    """Each task's problem, with one replica: workers draw their own starting points."""
    return {(task.name, dtype): make_problem(task, (0,), dtype) for task in plan.tasks for dtype in plan.dtypes}


Train = Callable[[Sequence[Block], Mapping[tuple[str, Dtype], Problem]], Iterable[tuple[Job, Outcome]]]


def run(plan: Plan, memory: int, train: Train, store: Store | None = None) -> Sweep:
    """Train the plan's blocks and gather what comes of them; Ctrl-C keeps what is finished.

    What is in the store is taken from there, and what is finished goes there.
    """
    failures = {job: installed.remedy(job.framework) for job in plan.jobs if installed.missing(job.framework)}
    problems = problems_of(plan)
    keys = {} if store is None else keys_of(plan, problems)
    if store is not None:
        store.note(SWEEP, note_of(plan, keys.values()))
    kept, notes = _stored(store, keys)
    blocks = blocks_of(plan, [job for job in plan.jobs if job not in failures], problems, memory)
    blocks = [block for block in blocks if any(job not in kept for job in block.jobs)]
    named = {block.job: block for block in blocks}
    interrupted = False
    try:
        for job, outcome in train(blocks, problems):
            for one, ending in zip(named[job].jobs, endings_of(named[job], outcome), strict=True):
                if isinstance(ending, Failure):
                    failures[one] = ending.reason
                else:
                    kept[one] = ending
                    if store is not None:
                        store.put(keys[one], record_of(ending))
    except KeyboardInterrupt:
        interrupted = True
    notes += getattr(train, "notes", [])
    return Sweep(plan=plan, kept=kept, failures=failures, interrupted=interrupted, notes=tuple(notes))


def _stored(store: Store | None, keys: Mapping[Job, Key]) -> tuple[dict[Job, Endings], list[str]]:
    """What the store has of it, and what is to be told of that."""
    if store is None:
        return {}, []
    known = store.known(keys.values())
    found = {job: record for job, key in keys.items() if key in known and (record := store.get(key)) is not None}
    notes = [*store.said, *store.anew(keys.values())]
    if found:
        notes.append(f"{len(found):,} of {len(keys):,} trainings were finished before and are not made again")
    return {job: endings_from(record) for job, record in found.items()}, notes


def endings_of(block: Block, outcome: Outcome) -> Sequence[Endings | Failure]:
    """What became of each training of a block: a failure of the worker is that of all."""
    if isinstance(outcome, tuple):
        return outcome
    assert isinstance(outcome, Failure)
    return [outcome] * len(block.optimizers)


def locally(
    *,
    given: Executor | None = None,
    logs: Path | None = None,
    progress: Progress | None = None,
    timeout: float = HANG_SECONDS,
    silence: Callable[[Silence], object] = unheard,
) -> Train:
    """Train in a process for each framework, or in the executor that was given."""
    workers = Workers(given=given, logs=logs)

    def train(blocks: Sequence[Block], problems: Mapping[tuple[str, Dtype], Problem]) -> Iterator[tuple[Job, Outcome]]:
        totals = {block.framework: 0 for block in blocks}
        for block in blocks:
            totals[block.framework] += 1
        done = dict.fromkeys(totals, 0)
        with closing(workers):
            if progress:
                progress({name: (0, total) for name, total in totals.items()})
            for job, outcome in train_all(blocks, problems, workers, timeout, silence):
                done[job.framework] += 1
                yield job, outcome
                if progress:
                    progress({name: (done[name], total) for name, total in totals.items()})

    return train


__all__ = ["Estimate", "Sweep", "estimate", "plan_of", "replay", "sweep"]
