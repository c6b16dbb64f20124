"""Train a problem in TensorFlow."""

from collections.abc import Callable
from functools import cache

import tensorflow as tf

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks import spec
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone, own_axes
from tf_impl.losses import loss_of
from tf_impl.models import Model, assemble, build
from tf_impl.stepper import Stepper


@each_replica_alone
def train(problem: Problem, optimizer: Trainable) -> History:
    """Train every replica for the task's steps, with Keras's own optimizers for calls, with drop-ins for rules."""
    record = Record(problem)
    with record.timed("setup"):
        model = build(problem, own_axes=own_axes(problem, optimizer))
        stepper = Stepper(training_of(optimizer), model.parameters)
        walk = walker(problem, model, stepper, record)

    def accuracy(x: Array, t: Array) -> Array:
        return accuracy_of(problem.task.model)(model.parameters, tf.constant(x), tf.constant(t)).numpy()

    for start, stop, batches in problem.chunks():
        with stepper.evaluated():
            record.measure(start, accuracy)
        with record.timed("training"):
            walk(range(start, stop), batches)
    with stepper.evaluated():
        record.measure(problem.task.steps, accuracy)
    params = {name: variable.numpy() for name, variable in model.parameters.items()}
    return record.history(params, stepper.evaluated_average())


def walker(problem: Problem, model: Model, stepper: Stepper, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples.

    One tf.function, traced here once, whose loop is a tf.range: Python is left out of the steps.
    """
    inputs, targets = tf.constant(problem.inputs), tf.constant(problem.targets)
    backward = backward_of(problem.task.model, problem.task.loss)

    @tf.function
    def loop(count: tf.Tensor, batches: tf.Tensor | None) -> tf.Tensor:
        notes = tf.TensorArray(inputs.dtype, size=count)
        for i in tf.range(count):
            x, t = inputs, targets
            if batches is not None:
                x, t = tf.gather(inputs, batches[i]), tf.gather(targets, batches[i])
            losses, gradients = backward(model.parameters, x, t)
            note = losses[:, None]
            if record.path is not None:
                note = tf.concat([note, model.theta], axis=-1)
            stepper.step(gradients)
            notes = notes.write(i, note)
        return notes.stack()

    rows = None if problem.task.batch is None else tf.TensorSpec((None, problem.replicas, problem.task.batch), tf.int64)
    traced = loop.get_concrete_function(tf.TensorSpec((), tf.int32), rows)

    def walk(steps: range, batches: Array | None) -> None:
        drawn = () if batches is None else (tf.constant(batches),)
        notes = traced(tf.constant(len(steps)), *drawn).numpy()
        record.losses[steps.start : steps.stop] = notes[..., 0]
        if record.path is not None:
            record.path[steps.start : steps.stop] = notes[..., 1:]

    return walk


@cache
def backward_of(model: spec.Model, loss: spec.Loss) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """From parameters, inputs and targets to the losses of the replicas and the gradients by name.

    It is traced once for all trainings of a task: a training's own trace is what its optimizer does.
    """
    objective = loss_of(loss)

    @tf.function(autograph=False)
    def backward(
        parameters: dict[str, tf.Variable], x: tf.Tensor, t: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        with tf.GradientTape() as tape:
            losses = objective(assemble(model, parameters)(x), t)
        return losses, tape.gradient(losses, parameters)

    return backward


@cache
def accuracy_of(model: spec.Model) -> Callable[..., tf.Tensor]:
    """From parameters, inputs and targets to the share of hits of each replica; traced once as well."""

    @tf.function(autograph=False)
    def accuracy(parameters: dict[str, tf.Variable], x: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
        hits = tf.argmax(assemble(model, parameters)(x), axis=-1) == tf.argmax(t, axis=-1)
        return tf.reduce_mean(tf.cast(hits, tf.float64), axis=-1)

    return accuracy
