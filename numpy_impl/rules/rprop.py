"""Rprop; the equations are at comparisons.rules.Rprop."""

import numpy as np

from comparisons.rules import Rprop, rate_at
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Rprop, theta: Array) -> State:
    """The step sizes and the gradient before."""
    return {"d": np.full_like(theta, rate_at(rule.learning_rate, 0)), "h": np.zeros_like(theta)}


def update(rule: Rprop, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """One step of Rprop."""
    d, h = state["d"], state["h"]
    turn = g * h
    factor = np.where(turn > 0, rule.growth, np.where(turn < 0, rule.shrinkage, 1.0)).astype(theta.dtype)
    d[...] = np.clip(d * factor, rule.smallest, rule.largest)
    h[...] = np.where(turn < 0, 0, g)
    theta -= np.sign(h) * d
