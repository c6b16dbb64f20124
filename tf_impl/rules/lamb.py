"""LAMB; the equations are at comparisons.rules.Lamb."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import Lamb as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state
    m.assign_add((1 - rule.beta1) * (g - m))
    v.assign_add((1 - rule.beta2) * (g * g - v))
    c1, c2 = (tf.cast(1 - beta**t, g.dtype) for beta in (rule.beta1, rule.beta2))
    d = m / c1 / (tf.sqrt(v / c2) + rule.epsilon)
    ours, step = tf.sqrt(tf.reduce_sum(theta * theta)), tf.sqrt(tf.reduce_sum(d * d))
    theta.assign_sub(tf.where((ours > 0) & (step > 0), ours / step, 1.0) * rate * d)


@keras.saving.register_keras_serializable("triptych")
class Lamb(DropIn):
    """keras.optimizers.Lamb; torch has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, **kwargs)
