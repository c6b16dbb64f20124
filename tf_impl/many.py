"""Train one problem with many optimizers at once, on the replica axis: a pass forward and backward serves all."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.recorder import Part, parts_of
from tf_impl.losses import loss_of
from tf_impl.models import assemble
from tf_impl.stepper import Stepper


def train_many(problem: Problem, optimizers: Sequence[Trainable]) -> Array:
    """The losses (optimizers, replicas, steps) of the problem with each optimizer.

    Each has its own object of keras.optimizers (one for each replica if it is not elementwise) over its rows of the
    stack. All are traced together: to trace takes most of the time of a short training.
    """
    many, replicas = len(optimizers), problem.replicas
    rows = [Rows(problem, part) for part in parts_of(optimizers, replicas)]
    inputs, targets = tf.constant(problem.inputs), tf.constant(problem.targets)
    objective = loss_of(problem.task.loss)

    @tf.function
    def loop(count: tf.Tensor, batches: tf.Tensor | None) -> tf.Tensor:
        notes = tf.TensorArray(inputs.dtype, size=count)
        for i in tf.range(count):
            x, t = inputs, targets
            if batches is not None:
                drawn = tf.tile(batches[i], (many, 1))
                x, t = tf.gather(inputs, drawn), tf.gather(targets, drawn)
            with tf.GradientTape() as tape:
                stack = {name: tf.concat([one.variables[name] for one in rows], axis=0) for name in problem.params}
                losses = objective(assemble(problem.task.model, stack)(x), t)
            gradients = tape.gradient(losses, [one.variables for one in rows])
            for one, own in zip(rows, gradients, strict=True):
                one.stepper.step(own)
            notes = notes.write(i, losses)
        return notes.stack()

    drawn = None if problem.task.batch is None else tf.TensorSpec((None, replicas, problem.task.batch), tf.int64)
    traced = loop.get_concrete_function(tf.TensorSpec((), tf.int32), drawn)
    losses = np.empty((problem.task.steps, many * replicas), problem.dtype)
    for start, stop, batches in problem.chunks():
        indices = () if batches is None else (tf.constant(batches),)
        losses[start:stop] = traced(tf.constant(stop - start), *indices).numpy()
    return losses.T.reshape(many, replicas, -1)


class Rows:
    """Some replicas of the stack, as variables of their own, and what steps them."""

    def __init__(self, problem: Problem, part: Part) -> None:
        first, last = part.rows.start % problem.replicas, (part.rows.stop - 1) % problem.replicas + 1
        self.variables = {name: tf.Variable(array[first:last], name=name) for name, array in problem.params.items()}
        self.stepper = Stepper(training_of(part.optimizer), self.variables)
