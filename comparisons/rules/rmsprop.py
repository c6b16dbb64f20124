"""RMSprop: the gradient over a running root mean square of itself."""

from dataclasses import dataclass
from typing import Literal

from comparisons.names import BadInput
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class RMSprop(Surroundings):
    """v = initial_accumulator, a = b = 0 at the start; c = 1 - rho^t with bias_correction, else 1.

        v     <- rho v + (1 - rho) g^2
        a     <- rho a + (1 - rho) g;  q = v - a^2 if centered, else v / c
        d     <- g / (sqrt(q) + epsilon)                       outside-root: torch, textbooks
        d     <- g / sqrt(q + epsilon)                         inside-root: Keras
        theta <- theta - learning_rate d
    with momentum (mu) > 0:
        b     <- mu b + d;                theta <- theta - learning_rate b     torch
        b     <- mu b + learning_rate d;  theta <- theta - b                   learning_rate_in_velocity: Keras
        nesterov:  mu b + d takes the place of b in the step of theta, d with the learning rate where b holds it

    TensorFlow 1 starts v at 1. bias_correction and nesterov are optax's.

    Paper: Tieleman and Hinton 2012, lecture 6.5; Graves 2013 (centered).
    Sources: torch/optim/rmsprop.py, keras/src/optimizers/rmsprop.py, tensorflow/python/training/rmsprop.py,
    optax/_src/alias.py.

    Raises:
        BadInput: bias_correction of a centered one.
    """

    rho: float
    epsilon: float
    epsilon_position: Literal["outside-root", "inside-root"]
    momentum: float = 0.0
    centered: bool = False
    learning_rate_in_velocity: bool = False
    nesterov: bool = False
    initial_accumulator: float = 0.0
    bias_correction: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bias_correction and self.centered:
            raise BadInput("RMSprop: bias_correction is True; where it is centered it must be False")
