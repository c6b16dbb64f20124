"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import SGD as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The velocity, if there is one."""
    return {"v": tf.zeros_like(theta)} if rule.momentum else {}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of gradient descent."""
    if not state:
        theta.assign_sub(rate * g)
        return
    (v,) = state
    if rule.learning_rate_in_velocity:
        v.assign(rule.momentum * v - rate * g)
        theta.assign_add(rule.momentum * v - rate * g if rule.nesterov else v)
        return
    v.assign(rule.momentum * v + tf.where(t == 1, tf.ones_like(rate), 1 - rule.dampening) * g)
    theta.assign_sub(rate * (g + rule.momentum * v if rule.nesterov else v))


@keras.saving.register_keras_serializable("triptych")
class SGD(DropIn):
    """keras.optimizers.SGD, and with `learning_rate_in_velocity=False` torch.optim.SGD."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *,
        dampening: float = 0.0,
        learning_rate_in_velocity: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            momentum=momentum,
            nesterov=nesterov,
            dampening=dampening,
            learning_rate_in_velocity=learning_rate_in_velocity,
            **kwargs,
        )
