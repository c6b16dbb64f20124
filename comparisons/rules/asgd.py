"""Averaged stochastic gradient descent."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class ASGD(Surroundings):
    """eta_1 = learning_rate.

        theta <- theta (1 - decay eta_t) - eta_t g
        eta_(t+1) = learning_rate / (1 + decay learning_rate t)^power

    The average of theta's path from step `average_from` on is kept too (`ax` in torch); theta does not use it.

    Paper: Polyak and Juditsky 1992. Source: torch/optim/asgd.py. Keras has none.
    """

    decay: float
    power: float
    average_from: float
