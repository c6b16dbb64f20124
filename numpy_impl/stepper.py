"""A whole training's steps: the gradients of a micro-batch in, and all parameters updated when the last is there."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from comparisons.rules import Rule
from comparisons.rules.training import ALL, Training, elementwise
from comparisons.tasks.problem import axes_of
from comparisons.tasks.streams import Array
from numpy_impl.average import Average
from numpy_impl.models import Parameters
from numpy_impl.optimizer import Optimizer
from numpy_impl.rules.clipping import clipped


class Stepper:
    """Steps the groups of a training.

    The order of an update: the gradients of the micro-batches are combined; clipped over all groups; in each group
    its optimizer clips, decays and steps; the average.

    Args:
        training: of rules.
        parameters: they and their gradients, which each micro-batch writes over.
    """

    def __init__(self, training: Training[Rule], parameters: Parameters) -> None:
        self.clip, accumulation = training.clip, training.accumulation
        tensors, gradients = parameters.values, parameters.gradients
        members = training.members(axes_of(tensors))
        if elementwise(training) and [group.tensors for group in training.groups] == [ALL]:
            tensors, gradients, members = {"all": parameters.flat}, {"all": parameters.flat_gradient}, [["all"]]
        groups = [[tensors[name] for name in names] for names in members]
        self.optimizers = [Optimizer(one.optimizer, of) for one, of in zip(training.groups, groups, strict=True)]
        self.gradients: Sequence[Array] = [gradients[name] for names in members for name in names]
        self.batches, self.accumulated = 0, 0
        if accumulation is not None:
            self.batches = accumulation.batches
            self.share = 1.0 if accumulation.combine == "sum" else 1 / accumulation.batches
            self.clip_each = accumulation.clip == "each"
            self.sums = [np.zeros_like(g) for g in self.gradients]
        self.average = None if training.average is None else Average(training.average, parameters.values)

    def step(self) -> None:
        """After a micro-batch."""
        if not self.batches:
            self._update(self.gradients)
        else:
            self._accumulate()
        if self.average is not None:
            self.average.tick(updated=not self.accumulated)

    def _accumulate(self) -> None:
        """Add the gradients of the micro-batch to the sums, each by its share; the last of them makes an update."""
        gradients = clipped(self.clip, self.gradients) if self.clip_each else self.gradients
        for total, g in zip(self.sums, gradients, strict=True):
            total += self.share * g
        self.accumulated += 1
        if self.accumulated == self.batches:
            self._update(self.sums)
            self.accumulated = 0
            for total in self.sums:
                total[...] = 0

    def _update(self, gradients: Sequence[Array]) -> None:
        if self.clip is not None and not (self.batches and self.clip_each):
            gradients = clipped(self.clip, gradients)
        first = 0
        for optimizer in self.optimizers:
            last = first + len(optimizer.tensors)
            optimizer.step(gradients[first:last])
            first = last

    def evaluated(self) -> AbstractContextManager[None]:
        """Inside, the parameters are what is evaluated: they themselves, or their average."""
        return nullcontext() if self.average is None else self.average.evaluated()

    def evaluated_average(self) -> dict[str, Array] | None:
        """The average by name, where that is what is evaluated; else None."""
        if self.average is None or not self.average.rule.evaluated:
            return None
        return self.average.values()
