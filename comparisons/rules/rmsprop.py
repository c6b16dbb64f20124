"""RMSprop: the gradient over a running root mean square of itself."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class RMSprop(Surroundings):
    """v = a = b = 0 at the start.

        v     <- rho v + (1 - rho) g^2
        a     <- rho a + (1 - rho) g;  q = v - a^2 if centered, else v
        d     <- g / (sqrt(q) + epsilon)                       outside-root: torch, textbooks
        d     <- g / sqrt(q + epsilon)                         inside-root: Keras
        theta <- theta - learning_rate d
    with momentum (mu) > 0:
        b     <- mu b + d;                theta <- theta - learning_rate b     torch
        b     <- mu b + learning_rate d;  theta <- theta - b                   learning_rate_in_velocity: Keras

    Paper: Tieleman and Hinton 2012, lecture 6.5; Graves 2013 (centered).
    Sources: torch/optim/rmsprop.py, keras/src/optimizers/rmsprop.py.
    """

    rho: float
    epsilon: float
    epsilon_position: Literal["outside-root", "inside-root"]
    momentum: float = 0.0
    centered: bool = False
    learning_rate_in_velocity: bool = False
