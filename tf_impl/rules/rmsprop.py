"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import tensorflow as tf

from comparisons.rules import RMSprop
from tf_impl.rules import State


def start(rule: RMSprop, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    symbols = ["v"] + ["a"] * rule.centered + ["b"] * bool(rule.momentum)
    initial = {"v": rule.initial_accumulator}
    return {symbol: tf.fill(theta.shape, tf.cast(initial.get(symbol, 0.0), theta.dtype)) for symbol in symbols}


def update(rule: RMSprop, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of RMSprop."""
    v = state["v"]
    v.assign(rule.rho * v + (1 - rule.rho) * (g * g))
    q = v / tf.cast(1 - rule.rho**t, g.dtype) if rule.bias_correction else v
    if rule.centered:
        a = state["a"]
        a.assign(rule.rho * a + (1 - rule.rho) * g)
        q = v - a * a
    match rule.epsilon_position:
        case "outside-root":
            root = tf.sqrt(q) + rule.epsilon
        case "inside-root":
            root = tf.sqrt(q + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        theta.assign_sub(rate * g / root)
        return
    b = state["b"]
    if rule.learning_rate_in_velocity:
        b.assign(rule.momentum * b + rate * g / root)
        theta.assign_sub(rule.momentum * b + rate * g / root if rule.nesterov else b)
    else:
        b.assign(rule.momentum * b + g / root)
        theta.assign_sub(rate * (rule.momentum * b + g / root if rule.nesterov else b))
