"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import numpy as np

from comparisons.rules import Ftrl
from comparisons.tasks.streams import Array


def start(rule: Ftrl, theta: Array) -> tuple[Array, ...]:
    """The sum of squared gradients and the linear term."""
    return np.full_like(theta, rule.initial_accumulator), np.zeros_like(theta)


def update(rule: Ftrl, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of FTRL."""
    a, z = state
    k = -rule.learning_rate_power
    before = a**k
    a += g * g
    power = a**k
    z += g + 2 * rule.l2_shrinkage * theta - (power - before) / rate * theta
    q = (power + rule.beta) / rate + 2 * rule.l2
    theta[...] = (np.clip(z, -rule.l1, rule.l1) - z) / q
