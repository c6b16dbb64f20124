"""Rprop; the equations are at comparisons.rules.Rprop."""

import numpy as np
import tensorflow as tf

from comparisons.rules import Rprop
from tf_impl.rules import State


def start(rule: Rprop, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The step sizes and the gradient before."""
    return {"d": tf.zeros_like(theta), "h": tf.zeros_like(theta)}


def update(rule: Rprop, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Rprop."""
    d, h = state["d"], state["h"]
    turn = g * (2 / np.finfo(g.dtype.as_numpy_dtype).eps) * h  # products with few digits are 0 here, and not in torch
    factor = tf.where(turn > 0, tf.constant(rule.growth, g.dtype), 1.0)
    factor = tf.where(turn < 0, tf.constant(rule.shrinkage, g.dtype), factor)
    first = tf.where(t == 1, rate, d)  # what the learning rate is, is known in a step only
    d.assign(tf.clip_by_value(first * factor, rule.smallest, rule.largest))
    h.assign(tf.where(turn < 0, tf.zeros_like(g), g))
    theta.assign_sub(tf.sign(h) * d)
