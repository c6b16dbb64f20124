"""Lion; the equations are at comparisons.rules.Lion."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import Lion as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of gradients."""
    return {"m": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Lion."""
    (m,) = state
    theta.assign_sub(rate * tf.sign(rule.beta1 * m + (1 - rule.beta1) * g))
    m.assign(rule.beta2 * m + (1 - rule.beta2) * g)


@keras.saving.register_keras_serializable("triptych")
class Lion(DropIn):
    """keras.optimizers.Lion; torch has none."""

    family = Family(Rule, start, update)

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **kwargs: Any) -> None:
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2, **kwargs)
