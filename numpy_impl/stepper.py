"""A whole training's steps: the gradients of a micro-batch in, and all parameters updated when the last is there."""

from contextlib import AbstractContextManager, nullcontext

import numpy as np

from comparisons.rules import ClipGlobalNorm, Rule, elementwise, of_matrices
from comparisons.rules.training import Training
from comparisons.tasks.problem import axes_of, bare
from comparisons.tasks.streams import Array
from numpy_impl.average import Average
from numpy_impl.models import Parameters
from numpy_impl.optimizer import Optimizer
from numpy_impl.rules.clipping import clipped, scale_of_all


class Stepper:
    """Steps the groups of a training.

    The order of an update: the gradients of the micro-batches are combined; clipped over all groups; in each group
    its optimizer clips, decays and steps; the average.

    Args:
        training: of rules.
        parameters: they and their gradients, which each micro-batch writes over.
    """

    def __init__(self, training: Training[Rule], parameters: Parameters) -> None:
        self.clip, self.parameters, accumulation = training.clip, parameters, training.accumulation
        self.batches, self.accumulated, self.share, self.clip_each = 1, 0, 1.0, False
        if accumulation is not None:
            self.batches = accumulation.batches
            self.share = 1.0 if accumulation.combine == "sum" else 1 / accumulation.batches
            self.clip_each = accumulation.clip == "each"
        self.members = training.members(axes_of(parameters.values))
        self.met = parameters.flat_gradient
        alone = accumulation is None and training.clip is None
        self.gradient = self.met if alone else np.zeros_like(self.met)  # what an update is made by
        rules = [group.optimizer for group in training.groups]
        self.optimizers = [Optimizer(rule, self._pieces(rule, i, parameters.flat)) for i, rule in enumerate(rules)]
        self.pieces = [self._pieces(rule, i, self.gradient) for i, rule in enumerate(rules)]
        self.tensors, self.tensors_met = self._tensors(self.gradient), self._tensors(self.met)
        self.average = None if training.average is None else Average(training.average, parameters)

    def _pieces(self, rule: Rule, group: int, flat: Array) -> list[Array]:
        """A group's part of a flat array: in one piece, if that makes no difference to the rule; else its tensors."""
        names = self.members[group]
        block = self.parameters.block(names) if elementwise(rule) else None
        if block is not None:
            return [flat[block]]
        views = self.parameters.views(flat)
        if of_matrices(rule):
            views = bare(views)
        return [views[name] for name in names]

    def _tensors(self, flat: Array) -> list[Array]:
        """The tensors of all groups."""
        views = self.parameters.views(flat)
        return [views[name] for names in self.members for name in names]

    def step(self) -> None:
        """After a micro-batch."""
        if self.batches > 1:
            self._accumulate()
        elif self.clip is not None:
            self._clip(self.tensors_met, self.met)
        if not self.accumulated:
            self._update()
        if self.average is not None:
            self.average.tick(updated=not self.accumulated)

    def _accumulate(self) -> None:
        """Add the gradients of the micro-batch, each by its share; of the last of them, clip the sum."""
        if not self.accumulated:
            self.gradient[...] = 0
        if self.clip is None or not self.clip_each:
            self.gradient += self.share * self.met
        else:
            for total, g in zip(self.tensors, clipped(self.clip, self.tensors_met), strict=True):
                total += self.share * g
        self.accumulated = (self.accumulated + 1) % self.batches
        if not self.accumulated and self.clip is not None and not self.clip_each:
            self._clip(self.tensors, self.gradient)

    def _clip(self, tensors: list[Array], flat: Array) -> None:
        """What the update is made by: the tensors of a flat array, clipped together."""
        if isinstance(self.clip, ClipGlobalNorm):
            np.multiply(flat, scale_of_all(self.clip, tensors), out=self.gradient)
            return
        for g, of in zip(self.tensors, clipped(self.clip, tensors), strict=True):
            g[...] = of

    def _update(self) -> None:
        for optimizer, gradients in zip(self.optimizers, self.pieces, strict=True):
            optimizer.step(gradients)

    def evaluated(self) -> AbstractContextManager[None]:
        """Inside, the parameters are what is evaluated: they themselves, or their average."""
        return nullcontext() if self.average is None else self.average.evaluated()

    def evaluated_average(self) -> dict[str, Array] | None:
        """The average by name, where that is what is evaluated; else None."""
        if self.average is None or not self.average.rule.evaluated:
            return None
        return self.average.values()
