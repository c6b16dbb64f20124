"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

import numpy as np

from comparisons.rules import ASGD
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State

SCALARS = {"eta": 0.0}


def start(rule: ASGD, theta: Array) -> State:
    """The average of the path."""
    return {"ax": np.zeros_like(theta)}


def update(rule: ASGD, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    ax, eta = state["ax"], rate if t == 1 else state["eta"]
    theta[...] = (1 - rule.decay * eta) * theta - eta * g
    ax += (theta - ax) / max(t - 1 - rule.average_from, 1.0)


def advance(rule: ASGD, t: int, rate: float, scalars: Scalars) -> Scalars:
    """The rate of the next step."""
    return {"eta": rate / (1 + rule.decay * rate * t) ** rule.power}
