"""Lion; the equations are at comparisons.rules.Lion."""

import tensorflow as tf

from comparisons.rules import Lion
from tf_impl.rules import State


def start(rule: Lion, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of gradients."""
    return {"m": tf.zeros_like(theta)}


def update(rule: Lion, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Lion."""
    m = state["m"]
    theta.assign_sub(rate * tf.sign(rule.beta1 * m + (1 - rule.beta1) * g))
    m.assign(rule.beta2 * m + (1 - rule.beta2) * g)
