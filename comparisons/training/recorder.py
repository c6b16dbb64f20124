"""What an implementation writes down while it trains, and how it becomes a History."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import TypeVar

import numpy as np

from comparisons import frameworks
from comparisons.frameworks.trainings import Trainable
from comparisons.rules.training import elementwise, of_matrices
from comparisons.tasks.problem import Problem
from comparisons.tasks.spec import Network, Point
from comparisons.tasks.streams import Array
from comparisons.training.contract import History, Train

T = TypeVar("T")
Accuracy = Callable[[Array, Array], Array]
Walk = Callable[[range, Array | None], None]


def each_replica_alone(train: Train) -> Train:
    """Let `train` have one replica at a time where the training is not elementwise: a norm would mix the replicas."""

    @wraps(train)
    def trained(problem: Problem, optimizer: Trainable) -> History:
        if problem.replicas == 1 or elementwise(frameworks.rules_of(optimizer)):
            return train(problem, optimizer)
        return stacked([train(problem.replica(replica), optimizer) for replica in range(problem.replicas)])

    return trained


@dataclass(frozen=True, kw_only=True)
class Part:
    """Of a stack of as many copies of all replicas as there are optimizers: the rows that one object of one steps."""

    optimizer: Trainable
    rows: range


def parts_of(optimizers: Sequence[Trainable], replicas: int) -> list[Part]:
    """The parts of the stack, in order: a copy for an optimizer that is elementwise, else each replica of it."""
    parts = list[Part]()
    for copy, optimizer in enumerate(optimizers):
        size = replicas if elementwise(frameworks.rules_of(optimizer)) else 1
        for first in range(copy * replicas, (copy + 1) * replicas, size):
            parts.append(Part(optimizer=optimizer, rows=range(first, first + size)))
    return parts


def own_axes(problem: Problem, optimizer: Trainable) -> bool:
    """Whether the parameters of a network of one replica are made without that axis: where matrices are asked for."""
    return isinstance(problem.task.model, Network) and of_matrices(frameworks.rules_of(optimizer))


def stacked(histories: list[History]) -> History:
    """The histories of single replicas as one."""
    first = histories[0]
    return History(
        losses=np.concatenate([one.losses for one in histories]),
        metrics={name: np.concatenate([one.metrics[name] for one in histories]) for name in first.metrics},
        measured_at=first.measured_at,
        path=None if first.path is None else np.concatenate([one.path for one in histories if one.path is not None]),
        params=_joined([one.params for one in histories]),
        average=None if first.average is None else _joined([one.average for one in histories if one.average]),
        seconds_setup=sum(one.seconds_setup for one in histories),
        seconds_training=sum(one.seconds_training for one in histories),
    )


def average_of(average: Mapping[str, T] | None) -> dict[str, T]:
    """An average's values under names that no parameter has: `average of weight1`; none if there is none."""
    return {f"average of {name}": value for name, value in (average or {}).items()}


def _joined(params: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([some[name] for some in params]) for name in params[0]}


class Record:
    """Notes of one training; time first, so that a row or a chunk of rows is written at once.

    Args:
        losses: (steps, replicas), to be filled in.
        path: (steps + 1, replicas, k), to be filled in where the model is a Point; else None.
    """

    def __init__(self, problem: Problem) -> None:
        steps, replicas = problem.task.steps, problem.replicas
        self.problem = problem
        self.losses: Array = np.empty((steps, replicas), problem.dtype)
        self.path: Array | None = None
        if isinstance(problem.task.model, Point):
            self.path = np.empty((steps + 1, *problem.params["theta"].shape), problem.dtype)
        self.metrics: dict[str, list[Array]] = {}
        self.seconds = {"setup": 0.0, "training": 0.0}

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the seconds spent inside to "setup" or "training"."""
        started = perf_counter()
        yield
        self.seconds[what] += perf_counter() - started

    def measure(self, updates: int, accuracy: Accuracy) -> None:
        """Where accuracy is due after so many updates, take it: inputs (n, d) and targets (n, k) to (replicas,)."""
        if updates not in self.problem.evaluation_steps:
            return
        problem = self.problem
        self.metrics.setdefault("train_accuracy", []).append(accuracy(problem.inputs, problem.targets))
        if len(problem.test_inputs):
            self.metrics.setdefault("test_accuracy", []).append(accuracy(problem.test_inputs, problem.test_targets))

    def history(self, params: dict[str, Array], average: dict[str, Array] | None) -> History:
        """The finished history, replicas first: with the parameters, and their average if that is evaluated."""
        path, params = self.path, self._with_replicas(params)
        if path is not None:
            path[-1] = params["theta"]
        return History(
            losses=np.ascontiguousarray(self.losses.T),
            measured_at=np.array(self.problem.evaluation_steps, dtype=np.int64),
            metrics={name: np.stack(rows, axis=1) for name, rows in self.metrics.items()},
            path=None if path is None else np.ascontiguousarray(path.swapaxes(0, 1)),
            params=params,
            average=None if average is None else self._with_replicas(average),
            seconds_setup=self.seconds["setup"],
            seconds_training=self.seconds["training"],
        )

    def _with_replicas(self, params: dict[str, Array]) -> dict[str, Array]:
        """The parameters (replicas, ...), also of a model that was made without that axis."""
        return {name: array.reshape(self.problem.params[name].shape) for name, array in params.items()}
