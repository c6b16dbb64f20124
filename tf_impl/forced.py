"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import tensorflow as tf

from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from tf_impl.train import stepper_of


def follow(optimizer: NativeCall | Rule, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...)."""
    values = {name: tf.Variable(array, name=name) for name, array in start.items()}
    variables = list(values.values())
    stepper = stepper_of(optimizer, variables)

    @tf.function
    def loop(met: list[tf.Tensor]) -> list[tf.Tensor]:
        steps = tf.shape(met[0])[0]
        notes = [tf.TensorArray(variable.dtype, size=steps) for variable in variables]
        for i in tf.range(steps):
            stepper.apply([gradient[i] for gradient in met], variables)
            notes = [note.write(i, variable) for note, variable in zip(notes, variables, strict=True)]
        return [note.stack() for note in notes]

    found = loop([tf.constant(gradients[name]) for name in values])
    return {name: path.numpy() for name, path in zip(values, found, strict=True)}
