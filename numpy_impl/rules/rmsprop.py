"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import numpy as np

from comparisons.rules import RMSprop
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: RMSprop, theta: Array) -> State:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    symbols = ["v"] + ["a"] * rule.centered + ["b"] * bool(rule.momentum)
    initial = {"v": rule.initial_accumulator}
    return {symbol: np.full_like(theta, initial.get(symbol, 0.0)) for symbol in symbols}


def update(rule: RMSprop, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of RMSprop."""
    v = state["v"]
    v[...] = rule.rho * v + (1 - rule.rho) * (g * g)
    q = v / (1 - rule.rho**t) if rule.bias_correction else v
    if rule.centered:
        a = state["a"]
        a[...] = rule.rho * a + (1 - rule.rho) * g
        q = v - a * a
    match rule.epsilon_position:
        case "outside-root":
            root = np.sqrt(q) + rule.epsilon
        case "inside-root":
            root = np.sqrt(q + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        theta -= rate * g / root
        return
    b = state["b"]
    if rule.learning_rate_in_velocity:
        b[...] = rule.momentum * b + rate * g / root
        theta -= rule.momentum * b + rate * g / root if rule.nesterov else b
    else:
        b[...] = rule.momentum * b + g / root
        theta -= rate * (rule.momentum * b + g / root if rule.nesterov else b)
