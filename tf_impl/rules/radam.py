"""RAdam; the equations are at comparisons.rules.RAdam."""

from typing import assert_never

import tensorflow as tf

from comparisons.rules import RAdam
from tf_impl.rules import State


def start(rule: RAdam, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: RAdam, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of RAdam."""
    m, v = state["m"], state["v"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    v.assign(rule.beta2 * v + (1 - rule.beta2) * (g * g))
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    longest = 2 / (1 - rule.beta2) - 1
    length = longest - 2 * t * rule.beta2**t / c2
    d = rate / tf.cast(c1, g.dtype) * m
    rectifies = length > 5
    rectified = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
    match rule.epsilon_position:
        case "corrected-root":
            adapted = tf.cast(rectified, g.dtype) / (tf.sqrt(v) / tf.cast(c2**0.5, g.dtype) + rule.epsilon)
        case "uncorrected-root":
            adapted = tf.cast(c2**0.5 * rectified, g.dtype) / (tf.sqrt(v) + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta.assign_sub(tf.where(rectifies, d * adapted, d))
