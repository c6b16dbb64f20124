"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import assert_never

import tensorflow as tf

from comparisons.rules import Adamax
from tf_impl.rules import State


def start(rule: Adamax, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of gradients and the largest gradient, fading."""
    return {"m": tf.zeros_like(theta), "u": tf.zeros_like(theta)}


def update(rule: Adamax, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adamax."""
    m, u = state["m"], state["u"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    match rule.epsilon_position:
        case "in-maximum":
            u.assign(tf.maximum(rule.beta2 * u, tf.abs(g) + rule.epsilon))
            root = u
        case "added":
            u.assign(tf.maximum(rule.beta2 * u, tf.abs(g)))
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta.assign_sub(rate / tf.cast(1 - rule.beta1**t, g.dtype) * m / root)
