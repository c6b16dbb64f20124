"""Lion; the equations are at comparisons.rules.Lion."""

import numpy as np

from comparisons.rules import Lion
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Lion, theta: Array) -> State:
    """The running mean of gradients."""
    return {"m": np.zeros_like(theta)}


def update(rule: Lion, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """One step of Lion."""
    m = state["m"]
    theta -= rate * np.sign(rule.beta1 * m + (1 - rule.beta1) * g)
    m[...] = rule.beta2 * m + (1 - rule.beta2) * g
