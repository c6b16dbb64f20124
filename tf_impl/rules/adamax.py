"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import Any, Literal, assert_never

import keras
import tensorflow as tf

from comparisons.rules import Adamax as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of gradients and the largest gradient, fading."""
    return {"m": tf.zeros_like(theta), "u": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adamax."""
    m, u = state
    m.assign_add((1 - rule.beta1) * (g - m))
    match rule.epsilon_position:
        case "in-maximum":
            u.assign(tf.maximum(rule.beta2 * u, tf.abs(g) + rule.epsilon))
            root = u
        case "added":
            u.assign(tf.maximum(rule.beta2 * u, tf.abs(g)))
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta.assign_sub(rate / tf.cast(1 - rule.beta1**t, g.dtype) * m / root)


@keras.saving.register_keras_serializable("triptych")
class Adamax(DropIn):
    """keras.optimizers.Adamax, and with `epsilon_position="in-maximum"` torch.optim.Adamax."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *,
        epsilon_position: Literal["in-maximum", "added"] = "added",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            epsilon_position=epsilon_position,
            **kwargs,
        )
