"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import assert_never

import numpy as np

from comparisons.rules import Adamax
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Adamax, theta: Array) -> State:
    """The running mean of gradients and the largest gradient, fading."""
    return {"m": np.zeros_like(theta), "u": np.zeros_like(theta)}


def update(rule: Adamax, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Adamax."""
    m, u = state["m"], state["u"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    match rule.epsilon_position:
        case "in-maximum":
            u[...] = np.maximum(rule.beta2 * u, np.abs(g) + rule.epsilon)
            root = u
        case "added":
            u[...] = np.maximum(rule.beta2 * u, np.abs(g))
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate / (1 - rule.beta1**t) * m / root
