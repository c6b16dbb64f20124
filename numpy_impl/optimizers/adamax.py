"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import assert_never

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Adamax


def start(rule: Adamax, theta: Array) -> tuple[Array, ...]:
    """The running mean of gradients and the largest gradient, fading."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(
    rule: Adamax, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """Step t of Adamax."""
    m, u = state
    m = m + (1 - rule.beta1) * (g - m)
    match rule.epsilon_position:
        case "in-maximum":
            u = np.maximum(rule.beta2 * u, np.abs(g) + rule.epsilon)
            root = u
        case "added":
            u = np.maximum(rule.beta2 * u, np.abs(g))
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    return theta - rate / (1 - rule.beta1**t) * m / root, (m, u)
