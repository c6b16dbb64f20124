"""RAdam: Adam that waits with the adaptive rate until its variance is known well enough."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class RAdam(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        R     =  2 / (1 - beta2) - 1;  r = R - 2 t beta2^t / c2
        theta <- theta - learning_rate (m / c1) sqrt(c2) / (sqrt(v) + epsilon) rect    if r > 5
        theta <- theta - learning_rate (m / c1)                                        else
        rect  =  sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r))

    Paper: Liu et al. 2020. Source: torch/optim/radam.py. Keras has none.
    """

    beta1: float
    beta2: float
    epsilon: float
