"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

import numpy as np

from comparisons.rules import ASGD, rate_at
from comparisons.tasks.streams import Array


def start(rule: ASGD, theta: Array) -> tuple[Array, ...]:
    """The average of the path."""
    return (np.zeros_like(theta),)


def update(rule: ASGD, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    (average,) = state
    before = rate_at(rule.learning_rate, max(t - 2, 0))
    eta = before / (1 + rule.decay * before * (t - 1)) ** rule.power
    theta *= 1 - rule.decay * eta
    theta -= eta * g
    average += (theta - average) / max(1.0, t - 1 - rule.average_from)
