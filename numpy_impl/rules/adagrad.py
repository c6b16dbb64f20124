"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from typing import assert_never

import numpy as np

from comparisons.rules import Adagrad
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Adagrad, theta: Array) -> State:
    """The sum of squared gradients."""
    return {"a": np.full_like(theta, rule.initial_accumulator)}


def update(rule: Adagrad, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """One step of Adagrad."""
    a = state["a"]
    a += g * g
    match rule.epsilon_position:
        case "outside-root":
            root = np.sqrt(a) + rule.epsilon
        case "inside-root":
            root = np.sqrt(a + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate * g / root
