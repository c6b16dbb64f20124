"""RMSprop: the gradient over a running root mean square of itself."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class RMSprop:
    """v = 0 at the start.

        v     <- rho v + (1 - rho) g^2
        theta <- theta - learning_rate g / (sqrt(v) + epsilon)     outside-root: torch, textbooks
        theta <- theta - learning_rate g / sqrt(v + epsilon)       inside-root: Keras

    Paper: Tieleman and Hinton 2012, lecture 6.5.
    Sources: torch/optim/rmsprop.py, keras/src/optimizers/rmsprop.py.
    """

    learning_rate: float
    rho: float
    epsilon: float
    epsilon_position: Literal["outside-root", "inside-root"]
