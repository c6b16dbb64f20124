"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import numpy as np

from comparisons.rules import Ftrl
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Ftrl, theta: Array) -> State:
    """The sum of squared gradients and the linear term."""
    return {"a": np.full_like(theta, rule.initial_accumulator), "z": np.zeros_like(theta)}


def update(rule: Ftrl, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """One step of FTRL; at a learning rate of 0, by which the equations divide, nothing moves."""
    if rate == 0:
        return
    a, z = state["a"], state["z"]
    k = -rule.learning_rate_power
    n = a + g * g
    z += g + 2 * rule.l2_shrinkage * theta - (n**k - a**k) / rate * theta
    q = n**k / rate + 2 * (rule.l2 + rule.beta / (2 * rate))
    theta[...] = (np.clip(z, -rule.l1, rule.l1) - z) / q
    a[...] = n
