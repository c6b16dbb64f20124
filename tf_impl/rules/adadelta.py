"""Adadelta; the equations are at comparisons.rules.Adadelta."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import Adadelta as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of squared gradients and of squared steps."""
    return {"s": tf.zeros_like(theta), "x": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Adadelta."""
    s, x = state
    s.assign(rule.rho * s + (1 - rule.rho) * (g * g))
    d = tf.sqrt(x + rule.epsilon) / tf.sqrt(s + rule.epsilon) * g
    x.assign(rule.rho * x + (1 - rule.rho) * (d * d))
    theta.assign_sub(rate * d)


@keras.saving.register_keras_serializable("triptych")
class Adadelta(DropIn):
    """keras.optimizers.Adadelta and torch.optim.Adadelta, which differ in their defaults only."""

    family = Family(Rule, start, update)

    def __init__(self, learning_rate: Rate = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(learning_rate, rho=rho, epsilon=epsilon, **kwargs)
