"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from typing import assert_never

import numpy as np

from comparisons.rules import Adagrad
from comparisons.tasks.streams import Array


def start(rule: Adagrad, theta: Array) -> tuple[Array, ...]:
    """The sum of squared gradients."""
    return (np.full_like(theta, rule.initial_accumulator),)


def update(rule: Adagrad, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """One step of Adagrad."""
    (a,) = state
    a += g * g
    match rule.epsilon_position:
        case "outside-root":
            root = np.sqrt(a) + rule.epsilon
        case "inside-root":
            root = np.sqrt(a + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate * g / root
