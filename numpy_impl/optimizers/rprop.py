"""Rprop; the equations are at comparisons.rules.Rprop."""

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Rprop, rate_at


def start(rule: Rprop, theta: Array) -> tuple[Array, ...]:
    """The step sizes and the gradient before."""
    return np.full_like(theta, rate_at(rule.learning_rate, 0)), np.zeros_like(theta)


def update(
    rule: Rprop, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """One step of Rprop."""
    size, before = state
    turn = g * before
    factor = np.where(turn > 0, rule.growth, np.where(turn < 0, rule.shrinkage, 1)).astype(theta.dtype)
    size = np.clip(size * factor, rule.smallest, rule.largest)
    g = np.where(turn < 0, 0, g)
    return theta - np.sign(g) * size, (size, g)
