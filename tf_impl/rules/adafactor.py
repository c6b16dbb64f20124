"""Adafactor; the equations are at comparisons.rules.Adafactor."""

from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from comparisons.names import BadInput
from comparisons.rules import Adafactor as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The second moments of rows and columns, or of the elements of a vector."""
    if len(theta.shape) < 2:
        return {"v": tf.zeros_like(theta)}
    return {"r": tf.zeros_like(theta[..., :1]), "c": tf.zeros_like(theta[..., :1, :])}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adafactor on a whole tensor."""
    floor = rule.epsilon1_position == "floor"
    epsilon1 = float(np.finfo(g.dtype.as_numpy_dtype).eps) if rule.epsilon1 is None else rule.epsilon1
    scale = tf.maximum(_rms(theta), rule.epsilon2)
    if rule.weight_decay and rule.weight_decay_coupling == "decoupled" and not rule.decays_first:
        theta.assign_sub(rate * rule.weight_decay * theta)
    _advance_moments(tf.cast(t**rule.beta2_decay, g.dtype), g * g if floor else g * g + epsilon1, state)
    variance = state[0]
    if len(state) == 2:
        rows, columns = state
        mean = tf.reduce_mean(rows, axis=-2, keepdims=True)
        variance = rows * columns / (tf.maximum(mean, epsilon1) if floor else mean)
    if floor:
        variance = tf.maximum(variance, epsilon1 * epsilon1)
    d = g / tf.sqrt(variance)
    slowest = tf.minimum(rate, tf.cast(t**-0.5, g.dtype))
    theta.assign_sub(scale * slowest / tf.maximum(_rms(d) / rule.clip_threshold, 1.0) * d)


def _advance_moments(weight: tf.Tensor, square: tf.Tensor, state: State) -> None:
    means = [square] if len(state) == 1 else [tf.reduce_mean(square, axis=axis, keepdims=True) for axis in (-1, -2)]
    for moment, mean in zip(state, means, strict=True):
        moment.assign_add(weight * (mean - moment))


def _rms(x: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_mean(x * x))


@keras.saving.register_keras_serializable("triptych")
class Adafactor(DropIn):
    """keras.optimizers.Adafactor, and with `epsilon1_position="floor"` and `scale_after_decay=False` torch's.

    Without `relative_step`, which does nothing in Keras.
    """

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float | None = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        *,
        epsilon1_position: Literal["floor", "added"] = "added",
        scale_after_decay: bool = True,
        **kwargs: Any,
    ) -> None:
        if epsilon_1 is None and epsilon1_position == "added":
            raise BadInput("Adafactor: epsilon_1 is None; where it is added it must be a finite number, 0 or above")
        super().__init__(
            learning_rate,
            beta_2_decay=beta_2_decay,
            epsilon_1=epsilon_1,
            epsilon_2=epsilon_2,
            clip_threshold=clip_threshold,
            epsilon1_position=epsilon1_position,
            scale_after_decay=scale_after_decay,
            **kwargs,
        )
