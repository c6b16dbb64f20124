"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Ftrl


def start(rule: Ftrl, theta: Array) -> tuple[Array, ...]:
    """The sum of squared gradients and the linear term."""
    return np.full_like(theta, rule.initial_accumulator), np.zeros_like(theta)


def update(
    rule: Ftrl, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """One step of FTRL."""
    a, z = state
    k = -rule.learning_rate_power
    n = a + g * g
    power, before = n**k, a**k
    z = z + g + 2 * rule.l2_shrinkage * theta - (power - before) / rate * theta
    q = power / rate + 2 * (rule.l2 + rule.beta / (2 * rate))
    return (np.clip(z, -rule.l1, rule.l1) - z) / q, (n, z)
