"""RAdam; the equations are at comparisons.rules.RAdam."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import RAdam as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of RAdam."""
    m, v = state
    m.assign_add((1 - rule.beta1) * (g - m))
    v.assign_add((1 - rule.beta2) * (g * g - v))
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    longest = 2 / (1 - rule.beta2) - 1
    length = longest - 2 * t * rule.beta2**t / c2
    rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    adapted = tf.cast((c2 * rectified) ** 0.5, g.dtype) / (tf.sqrt(v) + rule.epsilon)
    theta.assign_sub(rate / tf.cast(c1, g.dtype) * m * tf.where(length <= 5, tf.ones_like(g), adapted))


@keras.saving.register_keras_serializable("triptych")
class RAdam(DropIn):
    """torch.optim.RAdam, with its defaults; Keras has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, **kwargs)
