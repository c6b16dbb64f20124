"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

from collections.abc import Mapping

import tensorflow as tf

from comparisons.rules import ASGD
from tf_impl.rules import State

SCALARS = {"eta": 0.0}


def start(rule: ASGD, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The average of the path."""
    return {"ax": tf.zeros_like(theta)}


def update(rule: ASGD, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    ax, eta = state["ax"], tf.where(t == 1, rate, tf.cast(state["eta"], g.dtype))
    theta.assign((1 - rule.decay * eta) * theta - eta * g)
    ax.assign_add((theta - ax) / tf.cast(tf.maximum(t - 1 - rule.average_from, 1.0), g.dtype))


def advance(rule: ASGD, t: tf.Tensor, rate: tf.Tensor, scalars: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """The rate of the next step."""
    return {"eta": rate / (1 + rule.decay * rate * t) ** rule.power}
