"""Adam's step by itself, on given tensors: what a step of an optimizer costs here."""

from collections.abc import Callable

import keras
import tensorflow as tf

from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from tf_impl.optimizers import from_rule


def steps(rule: Adam, tensors: list[Array]) -> dict[str, Callable[[], None]]:
    """Variant to a function that takes one step; the gradients are the tensors themselves, at the start."""
    native = keras.optimizers.Adam(rule.learning_rate, rule.beta1, rule.beta2, rule.epsilon)
    return {
        name: step(optimizer, tensors) for name, optimizer in (("keras", native), ("keras drop-in", from_rule(rule)))
    }


def step(optimizer: keras.optimizers.Optimizer, tensors: list[Array]) -> Callable[[], None]:
    """The optimizer's step in a tf.function of its own."""
    variables = [tf.Variable(tensor) for tensor in tensors]
    gradients = [tf.constant(tensor) for tensor in tensors]
    optimizer.build(variables)

    @tf.function
    def traced() -> None:
        optimizer.apply(gradients, variables)

    return traced
