"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import Ftrl as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The sum of squared gradients and the linear term."""
    a = tf.fill(theta.shape, tf.constant(rule.initial_accumulator, theta.dtype))
    return {"a": a, "z": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of FTRL."""
    a, z = state
    k = -rule.learning_rate_power
    before = a**k
    a.assign_add(g * g)
    power = a**k
    z.assign_add(g + 2 * rule.l2_shrinkage * theta - (power - before) / rate * theta)
    q = (power + rule.beta) / rate + 2 * rule.l2
    theta.assign((tf.clip_by_value(z, -rule.l1, rule.l1) - z) / q)


@keras.saving.register_keras_serializable("triptych")
class Ftrl(DropIn):
    """keras.optimizers.Ftrl; torch has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            learning_rate_power=learning_rate_power,
            initial_accumulator_value=initial_accumulator_value,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
            beta=beta,
            **kwargs,
        )
