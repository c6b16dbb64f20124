"""FTRL-proximal: follow the regularised leader; for sparse linear models."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Ftrl(Surroundings):
    """a = initial_accumulator, z = 0 at the start; k = -learning_rate_power.

        n     <- a + g^2
        z     <- z + g + 2 l2_shrinkage theta - (n^k - a^k) / learning_rate theta
        q     =  (n^k + beta) / learning_rate + 2 l2
        theta <- (clip(z, -l1, l1) - z) / q
        a     <- n

    At a learning rate of 0, by which that divides, nothing moves: theta, a and z stay. (Keras's own ends in NaN there.)

    Paper: McMahan et al. 2013. Source: keras/src/optimizers/ftrl.py. torch has none.
    """

    learning_rate_power: float
    initial_accumulator: float
    l1: float
    l2: float
    l2_shrinkage: float
    beta: float
