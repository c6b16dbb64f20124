"""RAdam; the equations are at comparisons.rules.RAdam."""

from typing import assert_never

import numpy as np

from comparisons.rules import RAdam
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: RAdam, theta: Array) -> State:
    """The running means of gradients and of squared gradients."""
    return {"m": np.zeros_like(theta), "v": np.zeros_like(theta)}


def update(rule: RAdam, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of RAdam."""
    m, v = state["m"], state["v"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    longest = 2 / (1 - rule.beta2) - 1
    length = longest - 2 * t * rule.beta2**t / c2
    if length <= 5:
        theta -= rate / c1 * m
        return
    rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    match rule.epsilon_position:
        case "corrected-root":  # sqrt(v / c2) + epsilon, times sqrt(c2)
            epsilon = rule.epsilon * c2**0.5
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate / c1 * (c2 * rectified) ** 0.5 * m / (np.sqrt(v) + epsilon)
