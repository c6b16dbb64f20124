"""Adagrad: a learning rate for each coordinate, falling with the squared gradients seen."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adagrad(Surroundings):
    """a = initial_accumulator at the start.

        a     <- a + g^2
        theta <- theta - learning_rate g / (sqrt(a) + epsilon)     outside-root: torch, textbooks
        theta <- theta - learning_rate g / sqrt(a + epsilon)       inside-root: Keras

    Inside the root, epsilon is nothing but a part of the initial accumulator.

    Paper: Duchi, Hazan, Singer 2011.
    Sources: torch/optim/adagrad.py, keras/src/optimizers/adagrad.py.
    """

    epsilon: float
    epsilon_position: Literal["outside-root", "inside-root"]
    initial_accumulator: float = 0.0
