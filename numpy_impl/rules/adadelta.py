"""Adadelta; the equations are at comparisons.rules.Adadelta."""

import numpy as np

from comparisons.rules import Adadelta
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Adadelta, theta: Array) -> State:
    """The running means of squared gradients and of squared steps."""
    return {"s": np.zeros_like(theta), "x": np.zeros_like(theta)}


def update(rule: Adadelta, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """One step of Adadelta."""
    s, x = state["s"], state["x"]
    s[...] = rule.rho * s + (1 - rule.rho) * (g * g)
    d = np.sqrt(x + rule.epsilon) / np.sqrt(s + rule.epsilon) * g
    x[...] = rule.rho * x + (1 - rule.rho) * (d * d)
    theta -= rate * d
