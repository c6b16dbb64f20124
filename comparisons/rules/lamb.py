"""LAMB: Adam's step, made as long as the tensor it moves."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Lamb(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t. Norms are of whole tensors.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        d     <- (m / c1) / (sqrt(v / c2) + epsilon)
        theta <- theta - learning_rate (|theta| / |d|) d        the ratio is 1 where either norm is 0

    Paper: You et al. 2020. Source: keras/src/optimizers/lamb.py. torch has none.
    """

    beta1: float
    beta2: float
    epsilon: float
