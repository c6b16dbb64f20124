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

    @tf.function
    def loop(met: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        steps = tf.shape(next(iter(met.values())))[0]
        notes = [tf.TensorArray(value.dtype, size=steps) for value in shown().values()]
        for i in tf.range(steps):
            stepper.step({name: gradient[i] for name, gradient in met.items()})
            notes = [note.write(i, value) for note, value in zip(notes, shown().values(), strict=True)]
        return [note.stack() for note in notes]

    def shown() -> dict[str, tf.Tensor]:
        average = stepper.average
        return values | average_of(average.values() if average is not None and average.rule.evaluated else None)

    found = loop({name: tf.constant(gradients[name]) for name in values})
    return {name: path.numpy() for name, path in zip(shown(), found, strict=True)}
