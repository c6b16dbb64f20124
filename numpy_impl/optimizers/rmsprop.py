"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import numpy as np

from comparisons.contract import Array
from comparisons.rules import RMSprop


def start(rule: RMSprop, theta: Array) -> tuple[Array, ...]:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    return tuple(np.zeros_like(theta) for _ in range(1 + rule.centered + (rule.momentum > 0)))


def update(
    rule: RMSprop, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """One step of RMSprop."""
    v, *rest = state
    v = rule.rho * v + (1 - rule.rho) * (g * g)
    kept, q = [v], v
    if rule.centered:
        a = rule.rho * rest[0] + (1 - rule.rho) * g
        q = v - a * a
        kept.append(a)
    match rule.epsilon_position:
        case "outside-root":
            root = np.sqrt(q) + rule.epsilon
        case "inside-root":
            root = np.sqrt(q + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        return theta - rate * g / root, tuple(kept)
    inner, outer = (rate, 1.0) if rule.learning_rate_in_velocity else (1.0, rate)
    b = rule.momentum * rest[-1] + inner * g / root
    return theta - outer * b, (*kept, b)
