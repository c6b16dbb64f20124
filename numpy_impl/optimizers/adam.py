"""Adam; the equations are at comparisons.rules.Adam."""

from typing import assert_never

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Adam


def start(rule: Adam, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(rule: Adam, t: int, theta: Array, g: Array, state: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
    """Step t of Adam."""
    m, v = state
    m = m + (1 - rule.beta1) * (g - m)
    v = v + (1 - rule.beta2) * (g * g - v)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    match rule.epsilon_position:
        case "corrected-root":
            step = (rule.learning_rate / c1) * m / (np.sqrt(v) / c2**0.5 + rule.epsilon)
        case "uncorrected-root":
            step = (rule.learning_rate * c2**0.5 / c1) * m / (np.sqrt(v) + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    return theta - step, (m, v)
