"""The average of the weights beside a training; the equations are at comparisons.rules.training.Average."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf

from comparisons.rules import training


class Average:
    """Keeps the average of parameters, stepped in a graph; or shows the one that Keras's optimizers keep.

    Args:
        rule: how it is stepped.
        parameters: by name.
        keepers: the optimizers that keep it themselves; () for none.
    """

    def __init__(
        self,
        rule: training.Average,
        parameters: dict[str, tf.Variable],
        keepers: Sequence[keras.optimizers.Optimizer],
    ) -> None:
        self.rule, self.parameters, self.kept = rule, parameters, bool(keepers)
        zero = rule.start == "debiased"
        self.means = {
            name: tf.Variable(tf.zeros_like(theta) if zero else theta, trainable=False)
            for name, theta in parameters.items()
        }
        for keeper in keepers:
            # Keras has no public way to ask; its own callback SwapEMAWeights asks so
            pairs = zip(keeper._trainable_variables, keeper._model_variables_moving_average, strict=True)
            theirs = {variable.ref(): mean.value for variable, mean in pairs}
            self.means |= {n: theirs[theta.ref()] for n, theta in parameters.items() if theta.ref() in theirs}
        self.ticks = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        # the share of the 0 that it started from
        self.missing = tf.Variable(1.0 if zero else 0.0, dtype=tf.float64, trainable=False)

    def tick(self, *, updated: tf.Tensor) -> None:
        """After a micro-batch, which was the last of an update or not."""
        rule = self.rule
        if self.kept:
            self.steps.assign_add(1)
            return
        counted = tf.constant(value=True) if rule.clock == "batch" else updated
        self.ticks.assign_add(tf.cast(counted, tf.int64))
        due = counted & (self.ticks > rule.after) & (self.ticks % rule.every == 0)
        tf.cond(due, self._step, lambda: None)
        if rule.overwrite:
            due = counted & (self.ticks % rule.overwrite == 0) & (self.steps > 0)
            tf.cond(due, lambda: self._assign(self.values()), lambda: None)

    def _step(self) -> None:
        d = decay_at(self.rule, self.steps)
        for name, mean in self.means.items():
            share = tf.cast(d, mean.dtype)
            mean.assign(share * mean + tf.cast(1 - d, mean.dtype) * self.parameters[name])
        self.steps.assign_add(1)
        self.missing.assign(self.missing * d)

    def _assign(self, values: dict[str, tf.Tensor]) -> None:
        for name, value in values.items():
            self.parameters[name].assign(value)

    def values(self) -> dict[str, tf.Tensor]:
        """The average by name; the parameters themselves before its first step."""
        stepped = (self.steps > 0) | (self.rule.start == "initial")
        return {
            name: tf.where(stepped, mean / tf.cast(1 - self.missing, mean.dtype), self.parameters[name])
            for name, mean in self.means.items()
        }

    @contextmanager
    def evaluated(self) -> Iterator[None]:
        """Inside, the parameters are the average, if that is what is evaluated."""
        if not self.rule.evaluated:
            yield
            return
        kept = {name: tf.identity(theta) for name, theta in self.parameters.items()}
        self._assign(self.values())
        yield
        self._assign(kept)


def decay_at(rule: training.Average, n: tf.Tensor) -> tf.Tensor:
    """`rule.decay_at` of a step that is counted in the graph, a float64 scalar."""
    first, count = rule.start == "first", tf.cast(n, tf.float64)
    if rule.decay is None:
        known = count if first else count + 1
        return known / (known + 1)
    d = tf.constant(rule.decay, tf.float64)
    if rule.warmup:
        d = tf.minimum(d, 1 - (1 + (count + rule.warmup_from) / rule.warmup) ** -rule.warmup_power)
    return tf.where(tf.equal(n, 0), tf.constant(0.0, tf.float64), d) if first else d
