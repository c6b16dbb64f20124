"""Rprop; the equations are at comparisons.rules.Rprop."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import Rprop as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The step sizes and the gradient before."""
    return {"d": tf.zeros_like(theta), "h": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of Rprop."""
    size, before = state
    turn = g * before
    growth, shrinkage = tf.constant(rule.growth, g.dtype), tf.constant(rule.shrinkage, g.dtype)
    factor = tf.where(turn > 0, growth, tf.where(turn < 0, shrinkage, tf.ones_like(g)))
    first = tf.where(t == 1, rate, size)  # what the learning rate is, is known in a step only
    size.assign(tf.clip_by_value(first * factor, rule.smallest, rule.largest))
    before.assign(tf.where(turn < 0, tf.zeros_like(g), g))
    theta.assign_sub(tf.sign(before) * size)


@keras.saving.register_keras_serializable("triptych")
class Rprop(DropIn):
    """torch.optim.Rprop, with its defaults: (shrinkage, growth) are its etas, (smallest, largest) its step_sizes.

    The learning rate when the state is made is the first step size; after that it means nothing. Keras has none.
    """

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        shrinkage: float = 0.5,
        growth: float = 1.2,
        smallest: float = 1e-6,
        largest: float = 50.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            shrinkage=shrinkage,
            growth=growth,
            smallest=smallest,
            largest=largest,
            **kwargs,
        )
