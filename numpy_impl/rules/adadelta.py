"""Adadelta; the equations are at comparisons.rules.Adadelta."""

import numpy as np

from comparisons.rules import Adadelta
from comparisons.tasks.streams import Array


def start(rule: Adadelta, theta: Array) -> tuple[Array, ...]:
    """The running means of squared gradients and of squared steps."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(rule: Adadelta, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of Adadelta."""
    s, x = state
    s *= rule.rho
    s += (1 - rule.rho) * (g * g)
    d = np.sqrt(x + rule.epsilon) / np.sqrt(s + rule.epsilon) * g
    x *= rule.rho
    x += (1 - rule.rho) * (d * d)
    theta -= rate * d
