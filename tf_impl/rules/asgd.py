"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import ASGD as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The average of the path."""
    return {"average": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    average, before = state
    before = tf.where(t == 1, tf.cast(rate, t.dtype), before)
    eta = tf.cast(before / (1 + rule.decay * before * (t - 1)) ** rule.power, g.dtype)
    theta.assign((1 - rule.decay * eta) * theta - eta * g)
    average.assign_add((theta - average) / tf.cast(tf.maximum(t - 1 - rule.average_from, 1.0), g.dtype))


def advance(rule: Rule, t: tf.Tensor, rate: tf.Tensor, shared: State) -> None:
    """The learning rate of step t."""
    (before,) = shared
    before.assign(rate)


@keras.saving.register_keras_serializable("triptych")
class ASGD(DropIn):
    """torch.optim.ASGD, with its defaults: decay is its lambd, power its alpha, average_from its t0. Keras has none."""

    family = Family(Rule, start, update, {"before": 0.0}, advance)

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        decay: float = 1e-4,
        power: float = 0.75,
        average_from: float = 1e6,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, decay=decay, power=power, average_from=average_from, **kwargs)
