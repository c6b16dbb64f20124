"""AdaBelief; the equations are at comparisons.rules.AdaBelief."""

import numpy as np

from comparisons.rules import AdaBelief
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: AdaBelief, theta: Array) -> State:
    """The running means of gradients and of their squared deviations."""
    return {"m": np.zeros_like(theta), "s": np.zeros_like(theta)}


def update(rule: AdaBelief, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of AdaBelief."""
    m, s = state["m"], state["s"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    d = g - m
    s[...] = rule.beta2 * s + (1 - rule.beta2) * (d * d) + rule.epsilon
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    root = np.sqrt(s / c2) + rule.epsilon
    theta -= rate / c1 * m / root
