"""Adam; the equations are at comparisons.rules.Adam."""

from typing import assert_never

import numpy as np

from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from numpy_impl.rules import scratch


def start(rule: Adam, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return tuple(np.zeros_like(theta) for _ in range(3 if rule.amsgrad else 2))


def update(rule: Adam, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t of Adam, in two temporaries: of all rules this one is stepped most."""
    m, v, *largest = state
    d, root = scratch.pair(theta)
    np.subtract(g, m, out=d)
    d *= 1 - rule.beta1
    m += d
    np.multiply(g, g, out=d)
    d -= v
    d *= 1 - rule.beta2
    v += d
    for w in largest:
        np.maximum(w, v, out=w)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    match rule.epsilon_position:
        case "corrected-root":  # sqrt(v / c2) + epsilon, times sqrt(c2)
            epsilon = rule.epsilon * c2**0.5
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    np.sqrt(largest[0] if rule.amsgrad else v, out=root)
    root += epsilon
    np.divide(m, root, out=d)
    d *= rate * c2**0.5 / c1
    theta -= d
