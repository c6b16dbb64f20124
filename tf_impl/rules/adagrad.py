"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from typing import assert_never

import tensorflow as tf

from comparisons.rules import Adagrad
from tf_impl.rules import State


def start(rule: Adagrad, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The sum of squared gradients."""
    return {"a": tf.fill(theta.shape, tf.constant(rule.initial_accumulator, theta.dtype))}


def update(rule: Adagrad, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Adagrad."""
    a = state["a"]
    a.assign_add(g * g)
    match rule.epsilon_position:
        case "outside-root":
            root = tf.sqrt(a) + rule.epsilon
        case "inside-root":
            root = tf.sqrt(a + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta.assign_sub(rate * g / root)
