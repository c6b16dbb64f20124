"""Adamax: Adam with the largest gradient in place of the root mean square."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adamax(Surroundings):
    """m = u = 0 at the start; c1 = 1 - beta1^t.

        m     <- beta1 m + (1 - beta1) g
        in-maximum (torch):
            u     <- max(beta2 u, |g| + epsilon)
            theta <- theta - (learning_rate / c1) m / u
        added (Keras):
            u     <- max(beta2 u, |g|)
            theta <- theta - (learning_rate / c1) m / (u + epsilon)

    Paper: Kingma and Ba 2015, section 7.1 (there without epsilon).
    Sources: torch/optim/adamax.py, keras/src/optimizers/adamax.py.
    """

    beta1: float
    beta2: float
    epsilon: float
    epsilon_position: Literal["in-maximum", "added"]
