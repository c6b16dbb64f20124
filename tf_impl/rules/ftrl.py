"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import tensorflow as tf

from comparisons.rules import Ftrl
from tf_impl.rules import State


def start(rule: Ftrl, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The sum of squared gradients and the linear term."""
    a = tf.fill(theta.shape, tf.constant(rule.initial_accumulator, theta.dtype))
    return {"a": a, "z": tf.zeros_like(theta)}


def update(rule: Ftrl, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of FTRL; at a learning rate of 0, by which the equations divide, nothing moves."""
    a, z = state["a"], state["z"]
    moves, k = rate > 0, -rule.learning_rate_power
    n = a + g * g
    linear = z + (g + 2 * rule.l2_shrinkage * theta - (n**k - a**k) / rate * theta)
    q = n**k / rate + 2 * (rule.l2 + rule.beta / (2 * rate))
    theta.assign(tf.where(moves, (tf.clip_by_value(linear, -rule.l1, rule.l1) - linear) / q, theta))
    z.assign(tf.where(moves, linear, z))
    a.assign(tf.where(moves, n, a))
