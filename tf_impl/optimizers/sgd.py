"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.names import BadInput
from comparisons.rules import SGD as Rule
from tf_impl.optimizers.arguments import Family, State
from tf_impl.optimizers.base import DropIn, Rate
from tf_impl.optimizers.checks import flag, number


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
    v.assign(rule.momentum * v + tf.where(t == 1, g, (1 - rule.dampening) * g))
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
        super().__init__(learning_rate, **kwargs)
        self.momentum = number("momentum", momentum, "[0, 1]")
        self.nesterov = flag("nesterov", nesterov)
        self.dampening = number("dampening", dampening, "[0, 1]")
        self.learning_rate_in_velocity = flag("learning_rate_in_velocity", learning_rate_in_velocity)
        if dampening and learning_rate_in_velocity:
            raise BadInput(f"dampening is {dampening}; with learning_rate_in_velocity it must be 0")
