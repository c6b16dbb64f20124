"""Adam; the equations are at comparisons.rules.Adam."""

from typing import assert_never

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Adam


def start(rule: Adam, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return tuple(np.zeros_like(theta) for _ in range(3 if rule.amsgrad else 2))


def update(
    rule: Adam, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """Step t of Adam."""
    m, v, *largest = state
    m = m + (1 - rule.beta1) * (g - m)
    v = v + (1 - rule.beta2) * (g * g - v)
    largest = [np.maximum(w, v) for w in largest]
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    root = np.sqrt(largest[0] if rule.amsgrad else v)
    match rule.epsilon_position:
        case "corrected-root":
            step = (rate / c1) * m / (root / c2**0.5 + rule.epsilon)
        case "uncorrected-root":
            step = (rate * c2**0.5 / c1) * m / (root + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    return theta - step, (m, v, *largest)
