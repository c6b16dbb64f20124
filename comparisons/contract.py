"""What goes between the comparison and an implementation: a Problem and an optimizer in, a History out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from comparisons.calls import NativeCall
from comparisons.names import Dtype
from comparisons.rules import Rule
from comparisons.tasks.spec import TaskSpec

Array = NDArray[Any]

CHUNK = 1 << 18  # batch indices drawn at once (2 MiB): memory does not grow with the number of steps


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A task's arrays, made once, handed to all implementations alike.

    Args:
        task: the description the arrays were made from.
        dtype: of all floating-point arrays here, and of the training.
        seeds: one for each replica.
        inputs: (n, d). targets: (n, k). Both shared by all replicas.
        test_inputs, test_targets: the same for held-out samples, of which there may be none.
        params: name to (replicas, ...), the starting point. Weights are (replicas, in, out).
    """

    task: TaskSpec
    dtype: Dtype
    seeds: tuple[int, ...]
    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array
    params: dict[str, Array]

    @property
    def replicas(self) -> int:
        """How many runs are trained at once."""
        return len(self.seeds)

    def alone(self, replica: int) -> "Problem":
        """The problem of one replica: trained by itself it takes the same steps as among the others."""
        params = {name: array[replica : replica + 1] for name, array in self.params.items()}
        return replace(self, seeds=self.seeds[replica : replica + 1], params=params)

    def first_samples(self) -> tuple[Array, Array]:
        """The inputs and targets of the first step: (replicas, batch, ...), or (n, ...) when it takes all samples."""
        _, _, batches = next(self.chunks())
        if batches is None:
            return self.inputs, self.targets
        return self.inputs[batches[0]], self.targets[batches[0]]

    @property
    def evaluation_steps(self) -> range:
        """The numbers of updates after which accuracy is measured."""
        every = self.task.evaluate_every
        return range(0, self.task.steps + 1, every) if every and self.task.classifies else range(0)

    def chunks(self) -> Iterator[tuple[int, int, Array | None]]:
        """(first step, step after the last, batches) until all steps are done; a chunk ends where accuracy is due.

        `batches` is (steps of the chunk, replicas, batch), int64 indices into the samples, drawn with replacement,
        or None when every step takes all samples. A replica's indices depend on its seed alone, not on the chunks.
        """
        size = self.task.evaluate_every or max(1, CHUNK // (self.replicas * (self.task.batch or 1)))
        streams = [np.random.default_rng([seed, BATCHES]) for seed in self.seeds]
        for start in range(0, self.task.steps, size):
            stop = min(start + size, self.task.steps)
            if self.task.batch is None:
                yield start, stop, None
            else:
                shape, samples = (stop - start, self.task.batch), len(self.inputs)
                yield start, stop, np.stack([stream.integers(0, samples, shape) for stream in streams], axis=1)


# The second number of every generator's seed says what is drawn with it: no two draws share a stream.
DATA, SPLIT, PARAMS, BATCHES = range(4)


@dataclass(frozen=True, kw_only=True)
class History:
    """What a training leaves behind.

    Args:
        losses: (replicas, steps); losses[r, t] is the loss at theta_t on the batch of step t, before update t + 1.
        metrics: name to (replicas, measurements).
        measured_at: (measurements,), the number of updates made before each.
        path: (replicas, steps + 1, k), where the parameters are a Point; else None.
        params: name to (replicas, ...), after the last update.
        seconds_setup: building, moving and tracing. seconds_training: the steps themselves.
    """

    losses: Array
    metrics: dict[str, Array]
    measured_at: Array
    path: Array | None
    params: dict[str, Array]
    seconds_setup: float
    seconds_training: float


@dataclass(frozen=True, kw_only=True)
class Start:
    """An implementation's model before the first update, on the first step's samples.

    Args:
        params: name to (replicas, ...), as the model has them.
        outputs: (replicas, n, k), or whatever else the model makes of the inputs.
        losses: (replicas,). gradients: name to (replicas, ...), of the losses' sum.
    """

    params: dict[str, Array]
    outputs: Array
    losses: Array
    gradients: dict[str, Array]


class Train(Protocol):
    """What every implementation's `train` is."""

    def __call__(self, problem: Problem, optimizer: NativeCall | Rule) -> History:
        """Train every replica of the problem from its starting point, for the task's number of steps."""
