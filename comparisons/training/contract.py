"""What goes between the comparison and an implementation: a Problem and an optimizer in, a History out."""

from dataclasses import dataclass
from typing import Protocol

from comparisons.frameworks.trainings import Trainable
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array


@dataclass(frozen=True, kw_only=True)
class History:
    """What a training leaves behind.

    Args:
        losses: (replicas, steps); losses[r, t] is the loss at theta_t on the batch of step t, before what that step
            does: an update, or its part of one where the gradients of several batches are accumulated.
        metrics: name to (replicas, measurements), of the parameters or, where that is evaluated, of their average.
        measured_at: (measurements,), the number of steps made before each.
        path: (replicas, steps + 1, k), where the parameters are a Point; else None.
        params: name to (replicas, ...), after the last update.
        average: name to (replicas, ...), their average after the last step, where that is what is evaluated; else None.
        seconds_setup: building, moving and tracing. seconds_training: the steps themselves.
    """

    losses: Array
    metrics: dict[str, Array]
    measured_at: Array
    path: Array | None
    params: dict[str, Array]
    average: dict[str, Array] | None = None
    seconds_setup: float
    seconds_training: float


@dataclass(frozen=True, kw_only=True)
class InitialEvaluation:
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


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The losses on both sides of the start, a number h away in one element of a parameter at a time.

    Args:
        above, below: (elements,), the losses at theta + h and theta - h.
        kink: (elements,), whether a ReLU is active at the one and not at the other.
    """

    above: Array
    below: Array
    kink: Array


@dataclass(frozen=True, kw_only=True)
class Endings:
    """What is kept of a training of many replicas.

    Losses are single ones, or where steps take batches, means over a tenth of the steps.

    Args:
        first, final, best: (replicas,), float64; best is the least finite one, NaN if there is none.
        reached_at: (replicas,), the step whose loss is the first at the target or below; -1 for none.
        diverged_at: (replicas,), the first step whose loss is not finite; -1 for none.
        kept_at: (kept,), the steps of the curves.
        curves: (6, kept): the median of all replicas' losses, their 5 % and 95 % quantile, the losses of the first and
            of the last replica, and the share of replicas whose loss is not finite.
        seconds: that the training took.
    """

    first: Array
    final: Array
    best: Array
    reached_at: Array
    diverged_at: Array
    kept_at: Array
    curves: Array
    seconds: float


class Train(Protocol):
    """What every implementation's `train` is."""

    def __call__(self, problem: Problem, optimizer: Trainable) -> History:
        """Train every replica of the problem from its starting point, for the task's number of steps."""
