"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import assert_never

import numpy as np

from comparisons.rules import Adamax
from comparisons.tasks.streams import Array


def start(rule: Adamax, theta: Array) -> tuple[Array, ...]:
    """The running mean of gradients and the largest gradient, fading."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(rule: Adamax, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t of Adamax."""
    m, u = state
    m += (1 - rule.beta1) * (g - m)
    u *= rule.beta2
    match rule.epsilon_position:
        case "in-maximum":
            np.maximum(u, np.abs(g) + rule.epsilon, out=u)
            root = u
        case "added":
            np.maximum(u, np.abs(g), out=u)
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate / (1 - rule.beta1**t) * m / root
