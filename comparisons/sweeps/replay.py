"""The full curves of one seed, trained again."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from comparisons.frameworks import installed
from comparisons.names import BadInput, Dtype
from comparisons.sweeps.block import Block, of_seeds
from comparisons.sweeps.frames import KEY, fields_of
from comparisons.sweeps.plan import Plan, blocks_of
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.cells import Failure, Job, Outcome
from comparisons.training.runner import train_all
from comparisons.training.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Again:
    """The trainings of a block, of one of its seeds: another piece of work for its worker."""

    block: Block
    seed: int

    @property
    def task(self) -> str:
        """The block's."""
        return self.block.task

    @property
    def dtype(self) -> Dtype:
        """The block's."""
        return self.block.dtype

    @property
    def framework(self) -> str:
        """The block's."""
        return self.block.framework

    @property
    def job(self) -> Job:
        """The block's."""
        return self.block.job

    def run(self, problem: Problem) -> Array:
        """Train, in the worker: the losses (optimizers, steps)."""
        block = self.block
        return implementations.train_together(block.framework, of_seeds(problem, [self.seed]), block.optimizers)[:, 0]


def replay(plan: Plan, problems: Mapping[tuple[str, Dtype], Problem], memory: int, seed: int) -> pd.DataFrame:
    """Tidy: the key and framework, seed, grid fields, step, loss, of each cell that can be trained.

    The seed is trained without the others; its losses are those of the sweep to the bit, or within rounding where a
    framework multiplies one matrix otherwise than many (docs/sweeps.md).

    Raises:
        BadInput: the sweep has no such seed.
    """
    if not 0 <= seed < plan.seeds:
        raise BadInput(f"seed is {seed}; the sweep has the seeds 0 to {plan.seeds - 1}")
    jobs = [job for job in plan.jobs if not installed.missing(job.framework)]
    works = [Again(block=block, seed=seed) for block in blocks_of(plan, jobs, problems, memory)]
    losses: dict[Job, Array] = {}
    with closing(Workers()) as workers:
        outcomes: dict[Job, Outcome] = dict(train_all(works, problems, workers))
    for work in works:
        outcome = outcomes[work.job]
        if isinstance(outcome, Failure):
            continue
        losses |= dict(zip(work.block.jobs, np.asarray(outcome), strict=True))
    cells = [cell for cell in plan.cells if cell.job in losses]
    rows: list[dict[str, Any]] = [
        {name: getattr(cell, name) for name in KEY}
        | {"seed": seed}
        | dict(zip(fields_of(plan), cell.point, strict=True))
        | {"step": step, "loss": float(loss)}
        for cell in cells
        for step, loss in enumerate(losses[cell.job])
    ]
    return pd.DataFrame(rows)
