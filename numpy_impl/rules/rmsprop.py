"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import numpy as np

from comparisons.rules import RMSprop
from comparisons.tasks.streams import Array


def start(rule: RMSprop, theta: Array) -> tuple[Array, ...]:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    return tuple(np.zeros_like(theta) for _ in range(1 + rule.centered + (rule.momentum > 0)))


def update(rule: RMSprop, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of RMSprop."""
    v, *rest = state
    v *= rule.rho
    v += (1 - rule.rho) * (g * g)
    q = v
    if rule.centered:
        a = rest[0]
        a *= rule.rho
        a += (1 - rule.rho) * g
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
    b = rest[-1]
    b *= rule.momentum
    b += rate * g / root if rule.learning_rate_in_velocity else g / root
    theta -= b if rule.learning_rate_in_velocity else rate * b
