"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

import tensorflow as tf

from comparisons.rules import ASGD
from tf_impl.rules import State

SCALARS = {"eta": 0.0, "mu": 1.0}  # the rate of the next step, and its weight in the average


def start(rule: ASGD, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The average of the path."""
    return {"ax": tf.zeros_like(theta)}


def update(rule: ASGD, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    ax, mu = state["ax"], tf.cast(state["mu"], g.dtype)
    eta = tf.where(t == 1, rate, tf.cast(state["eta"], g.dtype))  # the first is the rate
    theta.assign((1 - rule.decay * eta) * theta - eta * g)
    ax.assign_add((theta - ax) * mu)


def advance(rule: ASGD, t: tf.Tensor, rate: tf.Tensor, scalars: State) -> dict[str, tf.Tensor]:
    """The rate of the next step, and its weight in the average."""
    return {
        "eta": rate / (1 + rule.decay * rate * t) ** rule.power,
        "mu": 1 / tf.maximum(t - rule.average_from, 1),
    }
