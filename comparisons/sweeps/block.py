"""Trainings that share a pass forward and backward, and what is kept of each."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from comparisons.frameworks.trainings import Trainable, code
from comparisons.names import Dtype
from comparisons.tasks.problem import Problem, starts
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.cells import Failure, Job, one_line
from comparisons.training.contract import Endings

TOGETHER = 32  # optimizer objects in one block: with many more what they work on leaves the cache, and graphs are slow
KEPT = 200  # steps of a curve that are kept
NEVER = -1
QUANTILES = (0.5, 0.05, 0.95)
TENTH = 10


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some trainings of one problem in one framework, over all seeds: a worker's piece of work.

    Args:
        optimizers: each is a training, and steps a copy of all replicas.
        at_once: so many replicas, of all copies together, are trained at a time.
        kept: at most so many steps of their curves are kept.
        target: the loss whose first step is looked for; None for a tenth of each replica's first loss.
    """

    task: str
    dtype: Dtype
    framework: str
    optimizers: tuple[Trainable, ...]
    seeds: range
    at_once: int
    kept: int
    target: float | None

    @property
    def jobs(self) -> list[Job]:
        """The job of each training."""
        return [Job(self.task, self.dtype, self.framework, code(optimizer)) for optimizer in self.optimizers]

    @property
    def job(self) -> Job:
        """What names the block among others."""
        return Job(self.task, self.dtype, self.framework, "\n".join(job.code for job in self.jobs))

    def run(self, problem: Problem) -> tuple[Endings | Failure, ...]:
        """Train, in the worker: what is kept of each training, or why it failed.

        One that cannot be trained costs no other: then they are trained one by one.
        """
        try:
            return self._trained(problem)
        except Exception as error:
            if len(self.optimizers) == 1:
                logging.getLogger(__name__).exception("%s: %s", self.task, self.job.code)
                return (Failure(reason=one_line(error)),)
        alone = [replace(self, optimizers=(optimizer,)) for optimizer in self.optimizers]
        return tuple(ending for block in alone for ending in block.run(problem))

    def _trained(self, problem: Problem) -> tuple[Endings, ...]:
        size = max(1, self.at_once // len(self.optimizers))
        seeds, started = self.seeds, perf_counter()
        batches = [seeds[first : first + size] for first in range(0, len(seeds), size)]
        parts: list[list[Endings]] = [[] for _ in self.optimizers]
        for batch in batches:
            losses = implementations.train_together(self.framework, of_seeds(problem, batch), self.optimizers)
            for some, own in zip(parts, losses, strict=True):
                some.append(endings(own, window(problem), self.target, self.kept))
        seconds = (perf_counter() - started) / len(self.optimizers)
        return tuple(replace(joined(some), seconds=seconds) for some in parts)


def of_seeds(problem: Problem, seeds: Sequence[int]) -> Problem:
    """The problem with these replicas."""
    sizes = problem.inputs.shape[1], problem.targets.shape[1]
    return replace(problem, seeds=tuple(seeds), params=starts(problem.task, *sizes, tuple(seeds), problem.dtype))


def window(problem: Problem) -> int:
    """Over how many steps a loss is averaged: a single batch's is noise, so over a tenth of the steps where there are.

    With all samples at every step, it is not averaged.
    """
    return 1 if problem.task.batch is None else max(1, problem.task.steps // TENTH)


def endings(losses: Array, window: int, target: float | None, most: int) -> Endings:
    """What is kept of the losses (replicas, steps) of one training, of curves at most so many steps."""
    steps = losses.shape[1]
    with np.errstate(all="ignore"):
        means, last = running(losses, window)
        goal = means[:, :1] / 10 if target is None else target
        finite = np.isfinite(losses)
        best = np.where(np.isfinite(means), means, np.inf).min(axis=1)
        reached = first(means <= goal)
    kept = np.unique(np.linspace(0, steps - 1, min(steps, most)).round().astype(np.int64))
    return Endings(
        first=means[:, 0],
        final=means[:, -1],
        best=np.where(np.isfinite(best), best, np.nan),
        reached_at=np.where(reached == NEVER, NEVER, last[reached]),
        diverged_at=first(~finite),
        kept_at=kept,
        curves=losses[:, kept],
        seconds=0.0,
    )


def running(losses: Array, window: int) -> tuple[Array, Array]:
    """Means (replicas, n) in float64 over the steps that end with each of (n,), a hundredth of all steps apart."""
    if window == 1:
        return losses.astype(np.float64), np.arange(losses.shape[1])
    views = np.lib.stride_tricks.sliding_window_view(losses, window, axis=1)
    apart = max(1, window // TENTH)
    at = np.arange(views.shape[1] - 1, -1, -apart)[::-1]
    return views[:, at].mean(axis=2, dtype=np.float64), at + window - 1


def first(true: Array) -> Array:
    """The first step (replicas,) at which it is true, NEVER if at none."""
    return np.where(true.any(axis=1), true.argmax(axis=1), NEVER)


def joined(parts: Sequence[Endings]) -> Endings:
    """The endings of batches as one, their curves as median, band, and those of the first and the last replica."""
    names = ("first", "final", "best", "reached_at", "diverged_at")
    whole: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    curves = np.concatenate([part.curves for part in parts])
    curves[~np.isfinite(curves)] = np.inf
    band = np.quantile(curves, QUANTILES, axis=0, method="inverted_cdf")
    kept = np.concatenate([band, curves[[0, -1]], np.isinf(curves).mean(axis=0)[None]])
    return replace(parts[0], **whole, curves=kept.astype(np.float64))
