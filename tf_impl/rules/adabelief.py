"""AdaBelief; the equations are at comparisons.rules.AdaBelief."""

import tensorflow as tf

from comparisons.rules import AdaBelief
from tf_impl.rules import State


def start(rule: AdaBelief, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of their squared deviations."""
    return {"m": tf.zeros_like(theta), "s": tf.zeros_like(theta)}


def update(rule: AdaBelief, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of AdaBelief."""
    m, s = state["m"], state["s"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    d = g - m
    s.assign(rule.beta2 * s + (1 - rule.beta2) * (d * d) + rule.epsilon)
    c1, c2 = tf.cast(1 - rule.beta1**t, g.dtype), tf.cast(1 - rule.beta2**t, g.dtype)
    root = tf.sqrt(s / c2) + rule.epsilon
    theta.assign_sub(rate / c1 * m / root)
