"""Lion; the equations are at comparisons.rules.Lion."""

import numpy as np

from comparisons.rules import Lion
from comparisons.tasks.streams import Array


def start(rule: Lion, theta: Array) -> tuple[Array, ...]:
    """The running mean of gradients."""
    return (np.zeros_like(theta),)


def update(rule: Lion, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of Lion."""
    (m,) = state
    theta -= rate * np.sign(rule.beta1 * m + (1 - rule.beta1) * g)
    m *= rule.beta2
    m += (1 - rule.beta2) * g
