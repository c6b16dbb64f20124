"""Adafactor; the equations are at comparisons.rules.Adafactor."""

import numpy as np
import tensorflow as tf

from comparisons.rules import Adafactor
from tf_impl.rules import State
from tf_impl.rules.weight_decay import decouple


def start(rule: Adafactor, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of the rows and columns of squared gradients; of the squared gradients of a vector."""
    if len(theta.shape) < 2:
        return {"v": tf.zeros_like(theta)}
    return {"r": tf.zeros_like(theta[..., :1]), "c": tf.zeros_like(theta[..., :1, :])}


def update(rule: Adafactor, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adafactor on a whole tensor."""
    w, floor = tf.cast(t**rule.beta2_decay, g.dtype), rule.epsilon1_position == "floor"
    epsilon1 = float(np.finfo(g.dtype.as_numpy_dtype).eps) if rule.epsilon1 is None else rule.epsilon1
    scale = tf.maximum(rms(theta), rule.epsilon2) if rule.scale_parameter else 1.0
    if rule.decay_place == "within":
        decouple(rule, rate, theta)
    s = g * g if floor else g * g + epsilon1
    if "v" in state:
        v = state["v"]
        v.assign((1 - w) * v + w * s)
    else:
        r, c = state["r"], state["c"]
        r.assign((1 - w) * r + w * tf.reduce_mean(s, axis=-1, keepdims=True))
        c.assign((1 - w) * c + w * tf.reduce_mean(s, axis=-2, keepdims=True))
        mean = tf.reduce_mean(r, axis=-2, keepdims=True)
        # r c of tiny gradients is 0 in float32
        v = r * c / tf.maximum(mean, epsilon1) if floor else flushed(flushed(r / mean) * c)
    if floor:
        v = tf.maximum(v, epsilon1 * epsilon1)
    d = g / tf.sqrt(v)
    alpha = scale * (tf.minimum(rate, tf.cast(t**-0.5, g.dtype)) if rule.relative_step else rate)
    theta.assign_sub(alpha / tf.maximum(rms(d) / rule.clip_threshold, 1.0) * d)


def flushed(x: tf.Tensor) -> tf.Tensor:
    """The numbers (0 or above), and 0 for those that have not all their digits: so TensorFlow has them on a CPU."""
    return tf.where(x < x.dtype.as_numpy_dtype(np.finfo(x.dtype.as_numpy_dtype).tiny), tf.zeros_like(x), x)


def rms(x: tf.Tensor) -> tf.Tensor:
    """The root mean square of all elements."""
    return tf.sqrt(tf.reduce_mean(x * x))
