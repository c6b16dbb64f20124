"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

import numpy as np

from comparisons.rules import SGD
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: SGD, theta: Array) -> State:
    """The velocity, if there is one."""
    return {"v": np.zeros_like(theta)} if rule.momentum else {}


def update(rule: SGD, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of gradient descent."""
    if not rule.momentum:
        theta -= rate * g
        return
    v = state["v"]
    if rule.learning_rate_in_velocity:
        v[...] = rule.momentum * v - rate * g
        theta += rule.momentum * v - rate * g if rule.nesterov else v
    else:
        v[...] = rule.momentum * v + (g if t == 1 else (1 - rule.dampening) * g)
        theta -= rate * (g + rule.momentum * v if rule.nesterov else v)
