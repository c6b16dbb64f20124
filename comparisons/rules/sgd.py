"""Stochastic gradient descent, with or without a velocity."""

from dataclasses import dataclass

from comparisons.names import BadInput
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class SGD(Surroundings):
    """Gradient descent; with `momentum` (mu) > 0 along a velocity v.

    torch, where the first v is g itself, undamped:
        v     <- mu v + (1 - dampening) g
        theta <- theta - learning_rate v             nesterov: theta - learning_rate (g + mu v)
    learning_rate_in_velocity (Keras, textbooks), v = 0 at the start; without dampening:
        v     <- mu v - learning_rate g
        theta <- theta + v                           nesterov: theta + mu v - learning_rate g

    Without dampening the two are the same recursion as long as the learning rate is constant.

    No framework dampens a velocity that holds the learning rate, or looks ahead along a dampened one.

    Paper: Polyak 1964; Sutskever et al. 2013 (nesterov).
    Sources: torch/optim/sgd.py, keras/src/optimizers/sgd.py.
    """

    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    learning_rate_in_velocity: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("nesterov", "learning_rate_in_velocity"):
            if getattr(self, name) and self.dampening:
                raise BadInput(f"SGD: dampening is {self.dampening}; with {name} it must be 0")
