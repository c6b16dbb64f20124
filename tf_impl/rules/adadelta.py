"""Adadelta; the equations are at comparisons.rules.Adadelta."""

import tensorflow as tf

from comparisons.rules import Adadelta
from tf_impl.rules import State


def start(rule: Adadelta, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of squared gradients and of squared steps."""
    return {"s": tf.zeros_like(theta), "x": tf.zeros_like(theta)}


def update(rule: Adadelta, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Adadelta."""
    s, x = state["s"], state["x"]
    s.assign(rule.rho * s + (1 - rule.rho) * (g * g))
    d = tf.sqrt(x + rule.epsilon) / tf.sqrt(s + rule.epsilon) * g
    x.assign(rule.rho * x + (1 - rule.rho) * (d * d))
    theta.assign_sub(rate * d)
