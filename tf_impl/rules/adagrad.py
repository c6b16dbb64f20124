"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from typing import Any, Literal, assert_never

import keras
import tensorflow as tf

from comparisons.rules import Adagrad as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The sum of squared gradients."""
    return {"a": tf.fill(theta.shape, tf.constant(rule.initial_accumulator, theta.dtype))}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Adagrad."""
    (a,) = state
    a.assign_add(g * g)
    match rule.epsilon_position:
        case "outside-root":
            root = tf.sqrt(a) + rule.epsilon
        case "inside-root":
            root = tf.sqrt(a + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta.assign_sub(rate * g / root)


@keras.saving.register_keras_serializable("triptych")
class Adagrad(DropIn):
    """keras.optimizers.Adagrad, and with `epsilon_position="outside-root"` torch.optim.Adagrad."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "inside-root",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            initial_accumulator_value=initial_accumulator_value,
            epsilon=epsilon,
            epsilon_position=epsilon_position,
            **kwargs,
        )
