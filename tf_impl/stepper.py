"""A whole training's steps: the gradients of a micro-batch in, and all parameters updated when the last is there."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import tensorflow as tf

from comparisons.frameworks.keras.trainings import own
from comparisons.frameworks.trainings import Optimizer, native
from comparisons.rules.training import Training
from comparisons.tasks.problem import axes_of
from comparisons.tasks.streams import Array
from tf_impl.average import Average
from tf_impl.groups import steppers_of
from tf_impl.rules.clipping import clipped


class Stepper:
    """Steps the groups of a training, in a graph; what Keras's optimizers do of it themselves is left to them.

    The order of an update: the gradients of the micro-batches are combined; clipped over all groups; in each group
    its optimizer clips, decays and steps; the average.

    Args:
        training: of calls or rules.
        variables: by name.
    """

    def __init__(self, training: Training[Optimizer], variables: dict[str, tf.Variable]) -> None:
        calls = native(training)
        theirs = None if calls is None else own(calls)
        accumulation = training.accumulation
        members = training.members(axes_of(variables))
        groups = [[variables[name] for name in names] for names in members]
        self.optimizers = steppers_of(training, groups)
        self.names = [name for group in members for name in group]
        self.variables = [variables[name] for name in self.names]
        self.counts = [len(group) for group in (groups if len(self.optimizers) > 1 else [self.variables]) if group]
        self.clip = None if theirs is not None and theirs.clips else training.clip
        self.batches, self.share, self.clip_each = 1, 1.0, False
        if accumulation is not None:
            self.batches = accumulation.batches
            self.share = 1.0 if accumulation.combine == "sum" else 1 / accumulation.batches
            self.clip_each = accumulation.clip == "each"
        self.accumulated = tf.Variable(0, trainable=False)
        sums = self.variables if accumulation is not None and not (theirs is not None and theirs.accumulates) else []
        self.sums = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in sums]
        keepers = self.optimizers if theirs is not None and theirs.averages else ()
        self.average = None if training.average is None else Average(training.average, variables, keepers)

    @tf.autograph.experimental.do_not_convert  # what depends on a tensor is a tf.cond; the rest is Python's
    def step(self, named: Mapping[str, tf.Tensor]) -> None:
        """After a micro-batch, by the gradients of all variables."""
        gradients = [named[name] for name in self.names]
        self.accumulated.assign((self.accumulated + 1) % self.batches)
        if self.sums:
            self._accumulate(gradients)
        else:
            self._update(gradients)
        if self.average is not None:
            self.average.tick(updated=tf.equal(self.accumulated, 0))

    def _accumulate(self, gradients: Sequence[tf.Tensor]) -> None:
        """Add the gradients of the micro-batch to the sums, each by its share; the last of them makes an update."""
        if self.clip_each:
            gradients = clipped(self.clip, gradients)
        for total, g in zip(self.sums, gradients, strict=True):
            total.assign_add(self.share * g)
        tf.cond(tf.equal(self.accumulated, 0), self._update_by_sums, lambda: None)

    def _update_by_sums(self) -> None:
        self._update([tf.identity(total) for total in self.sums])
        for total in self.sums:
            total.assign(tf.zeros_like(total))

    def _update(self, gradients: Sequence[tf.Tensor]) -> None:
        if not self.clip_each:
            gradients = clipped(self.clip, gradients)
        first = 0
        for optimizer, count in zip(self.optimizers, self.counts, strict=True):
            last = first + count
            optimizer.apply(gradients[first:last], self.variables[first:last])
            first = last

    def evaluated(self) -> AbstractContextManager[None]:
        """Inside, the parameters are what is evaluated: they themselves, or their average."""
        return nullcontext() if self.average is None else self.average.evaluated()

    def evaluated_average(self) -> dict[str, Array] | None:
        """The average by name, where that is what is evaluated; else None."""
        if self.average is None or not self.average.rule.evaluated:
            return None
        return {name: mean.numpy() for name, mean in self.average.values().items()}
