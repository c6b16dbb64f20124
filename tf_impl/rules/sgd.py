"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

import tensorflow as tf

from comparisons.rules import SGD
from tf_impl.rules import State


def start(rule: SGD, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The velocity, if there is one."""
    return {"v": tf.zeros_like(theta)} if rule.momentum else {}


def update(rule: SGD, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of gradient descent."""
    if not rule.momentum:
        theta.assign_sub(rate * g)
    elif rule.learning_rate_in_velocity:
        v = state["v"]
        v.assign(rule.momentum * v - rate * g)
        theta.assign_add(rule.momentum * v - rate * g if rule.nesterov else v)
    else:
        v = state["v"]
        v.assign(rule.momentum * v + tf.where(t == 1, tf.ones_like(rate), 1 - rule.dampening) * g)
        theta.assign_sub(rate * (g + rule.momentum * v if rule.nesterov else v))
