"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

import numpy as np

from comparisons.contract import Array
from comparisons.rules import SGD


def start(rule: SGD, theta: Array) -> tuple[Array, ...]:
    """The velocity, if there is one."""
    return (np.zeros_like(theta),) if rule.momentum else ()


def update(
    rule: SGD, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """One step of gradient descent."""
    if not state:
        return theta - rate * g, ()
    (v,) = state
    if rule.learning_rate_in_velocity:
        v = rule.momentum * v - rate * g
        ahead = rule.momentum * v - rate * g if rule.nesterov else v
        return theta + ahead, (v,)
    v = g if t == 1 else rule.momentum * v + (1 - rule.dampening) * g
    ahead = g + rule.momentum * v if rule.nesterov else v
    return theta - rate * ahead, (v,)
