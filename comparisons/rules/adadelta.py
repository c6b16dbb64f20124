"""Adadelta: steps in the parameters' own units."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adadelta(Surroundings):
    """s = x = 0 at the start.

        s     <- rho s + (1 - rho) g^2
        d     <- sqrt(x + epsilon) / sqrt(s + epsilon) g
        x     <- rho x + (1 - rho) d^2
        theta <- theta - learning_rate d

    epsilon is inside the roots in every framework; the defaults differ.

    Paper: Zeiler 2012 (there learning_rate = 1).
    Sources: torch/optim/adadelta.py, keras/src/optimizers/adadelta.py.
    """

    rho: float
    epsilon: float
