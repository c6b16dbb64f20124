"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import tensorflow as tf

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks.streams import Array
from comparisons.training.recorder import average_of
from tf_impl.stepper import Stepper


def follow(optimizer: Trainable, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...).

    A step is a micro-batch. Where an average is evaluated, its values are there too, under `average_of` the names.
    """
    values = {name: tf.Variable(array, name=name) for name, array in start.items()}
    stepper = Stepper(training_of(optimizer), values)
    names = {variable.ref(): name for name, variable in values.items()}

    @tf.function
    def loop(met: list[tf.Tensor]) -> list[tf.Tensor]:
        steps = tf.shape(met[0])[0]
        notes = [tf.TensorArray(value.dtype, size=steps) for value in shown().values()]
        for i in tf.range(steps):
            stepper.step([gradient[i] for gradient in met])
            notes = [note.write(i, value) for note, value in zip(notes, shown().values(), strict=True)]
        return [note.stack() for note in notes]

    def shown() -> dict[str, tf.Tensor]:
        average = stepper.average
        return values | average_of(average.values() if average is not None and average.rule.evaluated else None)

    found = loop([tf.constant(gradients[names[variable.ref()]]) for variable in stepper.variables])
    return {name: path.numpy() for name, path in zip(shown(), found, strict=True)}
