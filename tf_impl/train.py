"""Train a problem in TensorFlow."""

import keras
import tensorflow as tf

from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone
from tf_impl.losses import loss_of
from tf_impl.models import Model, build
from tf_impl.optimizers import build as build_native
from tf_impl.optimizers import from_rule


@each_replica_alone
def train(problem: Problem, optimizer: NativeCall | Rule) -> History:
    """Train every replica for the task's steps, with Keras's own optimizer for a call, with a drop-in for a rule."""
    record = Record(problem)
    with record.timed("setup"):
        model = build(problem)
        stepper = stepper_of(optimizer, list(model.parameters.values()))
        walk = walker(problem, model, stepper, record)

    def accuracy(x: Array, t: Array) -> Array:
        hits = tf.argmax(model(tf.constant(x)), axis=-1) == tf.argmax(tf.constant(t), axis=-1)
        return tf.reduce_mean(tf.cast(hits, tf.float64), axis=-1).numpy()

    for start, stop, batches in problem.chunks():
        record.measure(start, accuracy)
        with record.timed("training"):
            walk(range(start, stop), batches)
    record.measure(problem.task.steps, accuracy)
    return record.history({name: variable.numpy() for name, variable in model.parameters.items()})


def stepper_of(optimizer: NativeCall | Rule, variables: list[tf.Variable]) -> keras.optimizers.Optimizer:
    """The optimizer, built for the variables; Keras clips inside of it."""
    if isinstance(optimizer, NativeCall):
        return build_native(optimizer, variables)
    stepper = from_rule(optimizer)
    stepper.build(variables)
    return stepper


def walker(problem: Problem, model: Model, optimizer: keras.optimizers.Optimizer, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples.

    One tf.function, traced here once, whose loop is a tf.range: Python is left out of the steps.
    """
    inputs, targets = tf.constant(problem.inputs), tf.constant(problem.targets)
    objective = loss_of(problem.task.loss)
    variables = list(model.parameters.values())

    @tf.function
    def loop(count: tf.Tensor, batches: tf.Tensor | None) -> tf.Tensor:
        notes = tf.TensorArray(inputs.dtype, size=count)
        for i in tf.range(count):
            x, t = inputs, targets
            if batches is not None:
                x, t = tf.gather(inputs, batches[i]), tf.gather(targets, batches[i])
            with tf.GradientTape() as tape:
                losses = objective(model(x), t)
            note = losses[:, None]
            if record.path is not None:
                note = tf.concat([note, model.theta], axis=-1)
            optimizer.apply(tape.gradient(losses, variables), variables)
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
