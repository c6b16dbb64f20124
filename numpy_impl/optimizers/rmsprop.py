"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import numpy as np

from comparisons.contract import Array
from comparisons.rules import RMSprop


def start(rule: RMSprop, theta: Array) -> tuple[Array, ...]:
    """The running mean of squared gradients."""
    return (np.zeros_like(theta),)


def update(rule: RMSprop, theta: Array, g: Array, state: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
    """One step of RMSprop."""
    (v,) = state
    v = rule.rho * v + (1 - rule.rho) * (g * g)
    match rule.epsilon_position:
        case "outside-root":
            root = np.sqrt(v) + rule.epsilon
        case "inside-root":
            root = np.sqrt(v + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    return theta - rule.learning_rate * g / root, (v,)
