"""Rprop; the equations are at comparisons.rules.Rprop."""

import numpy as np

from comparisons.rules import Rprop, rate_at
from comparisons.tasks.streams import Array


def start(rule: Rprop, theta: Array) -> tuple[Array, ...]:
    """The step sizes and the gradient before."""
    return np.full_like(theta, rate_at(rule.learning_rate, 0)), np.zeros_like(theta)


def update(rule: Rprop, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of Rprop."""
    size, before = state
    turn = g * before
    size *= np.where(turn > 0, rule.growth, np.where(turn < 0, rule.shrinkage, 1)).astype(theta.dtype)
    np.clip(size, rule.smallest, rule.largest, out=size)
    before[...] = np.where(turn < 0, 0, g)
    theta -= np.sign(before) * size
