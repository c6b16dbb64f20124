"""Stochastic gradient descent, with or without a velocity."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SGD:
    """Gradient descent; with `momentum` (mu) > 0 along a velocity v, v = 0 at the start.

    learning_rate_in_velocity (Keras, textbooks):      else (torch):
        v     <- mu v - learning_rate g                    v     <- mu v + g
        theta <- theta + v                                 theta <- theta - learning_rate v
    nesterov looks one step ahead along the velocity:
        theta <- theta + mu v - learning_rate g            theta <- theta - learning_rate (g + mu v)

    The two are the same recursion as long as the learning rate is constant.

    Paper: Polyak 1964; Sutskever et al. 2013 (nesterov).
    Sources: torch/optim/sgd.py, keras/src/optimizers/sgd.py.
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    learning_rate_in_velocity: bool = False
