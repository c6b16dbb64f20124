"""What a sweep will take: counted, and timed in a few steps of each framework."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil
from os import cpu_count
from time import perf_counter
from typing import Any

from comparisons.frameworks import installed
from comparisons.names import SCHEMA, Dtype
from comparisons.sweeps.block import Block
from comparisons.sweeps.plan import ROW_BYTES, Plan, blocks_of, bytes_of_replica
from comparisons.tasks.problem import Problem
from comparisons.training.workers import Workers

FEW, MORE = 2, 12  # steps that are timed; what they differ in is what steps take


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a sweep will take.

    Args:
        cells, trainings: curves, and those of them that differ. replicas: trainings times seeds.
        blocks: pieces of work. seconds: by framework, of its worker. wall: seconds of all, on the cores here.
        memory: bytes of arrays in all workers at once. tables: bytes of the tables in the main process.
    """

    cells: int
    trainings: int
    replicas: int
    blocks: int
    seconds: Mapping[str, float]
    wall: float
    memory: int
    tables: int

    def lines(self) -> list[str]:
        """In words."""
        each = ", ".join(f"{name} {_time(seconds)}" for name, seconds in self.seconds.items())
        return [
            f"{self.cells:,} curves, of which {self.trainings:,} differ; {self.replicas:,} replicas in {self.blocks:,} "
            f"block{'s' * (self.blocks != 1)}",
            f"about {_time(self.wall)} here ({each}), by a few timed steps",
            f"about {self.memory / 2**20:,.0f} MiB in the workers beside what the frameworks take, and "
            f"{self.tables / 2**20:,.0f} MiB for the tables",
        ]

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"schema": SCHEMA, **vars(self), "seconds": dict(self.seconds)}


def _time(seconds: float) -> str:
    if seconds < 99.5:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def estimate(plan: Plan, problems: Mapping[tuple[str, Dtype], Problem], memory: int) -> Estimate:
    """Count, and time the first block of each framework, task, dtype and kind for a few steps.

    Raises:
        BadInput: it does not fit the memory.
    """
    jobs = [job for job in plan.jobs if not installed.missing(job.framework)]
    blocks = blocks_of(plan, jobs, problems, memory)
    kinds: dict[tuple[str, str, Dtype, int], list[Block]] = {}
    for block in blocks:
        kinds.setdefault((block.framework, block.task, block.dtype, block.at_once), []).append(block)
    seconds = dict.fromkeys(dict.fromkeys(block.framework for block in blocks), 0.0)
    with closing(Workers()) as workers:
        for (framework, task, dtype, _), some in kinds.items():
            timed = workers.executor(framework).submit(_timed, some[0], problems[task, dtype])
            building, step = timed.result()
            steps = problems[task, dtype].task.steps
            seconds[framework] += sum(_batches(block) * (building + step * steps) for block in some)
    cores = min(cpu_count() or 1, len(seconds))
    largest: dict[str, int] = {}
    for block in blocks:
        replicas = min(block.at_once, len(block.optimizers) * len(block.seeds))
        needed = replicas * bytes_of_replica(problems[block.task, block.dtype])
        largest[block.framework] = max(largest.get(block.framework, 0), needed)
    return Estimate(
        cells=len(plan.cells),
        trainings=len(plan.jobs),
        replicas=len(plan.jobs) * plan.seeds,
        blocks=len(blocks),
        seconds=seconds,
        wall=max([*seconds.values(), sum(seconds.values()) / max(cores, 1)]),
        memory=sum(largest.values()),
        tables=len(plan.cells) * plan.seeds * ROW_BYTES,
    )


def _batches(block: Block) -> int:
    return ceil(len(block.seeds) / max(1, block.at_once // len(block.optimizers)))


def _timed(block: Block, problem: Problem) -> tuple[float, float]:
    """In the worker: the seconds to build and trace a batch of the block, and of one of its steps."""
    size = max(1, block.at_once // len(block.optimizers))
    block = replace(block, seeds=block.seeds[:size])
    few, more = (replace(problem, task=replace(problem.task, steps=steps)) for steps in (FEW, MORE))
    block.run(few)  # what is imported and warmed up at first
    laps = []
    for one in (few, more):
        started = perf_counter()
        block.run(one)
        laps.append(perf_counter() - started)
    step = max(0.0, laps[1] - laps[0]) / (MORE - FEW)
    return max(0.0, laps[0] - FEW * step), step
