"""LAMB; the equations are at comparisons.rules.Lamb."""

import tensorflow as tf

from comparisons.rules import Lamb
from tf_impl.rules import State


def start(rule: Lamb, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: Lamb, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state["m"], state["v"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    v.assign(rule.beta2 * v + (1 - rule.beta2) * (g * g))
    c1, c2 = (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (1.0, 1.0)
    d = m / tf.cast(c1, g.dtype) / (tf.sqrt(v / tf.cast(c2, g.dtype)) + rule.epsilon)
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d += rule.weight_decay * theta
    ours, step = tf.sqrt(tf.reduce_sum(theta * theta)), tf.sqrt(tf.reduce_sum(d * d))
    ratio = tf.where(ours > 0, tf.where(step > 0, ours / step, 1.0), 1.0)
    theta.assign_sub(ratio * rate * d)
