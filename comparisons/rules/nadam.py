"""NAdam: Adam that looks one step ahead along its momentum."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class NAdam(Surroundings):
    """m = v = 0 at the start; c2 = 1 - beta2^t; mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2); P_t = mu_1 ... mu_t.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        n     <- mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t)
        theta <- theta - learning_rate n / (sqrt(v / c2) + epsilon)

    Keras has momentum_decay = 1 built in; torch's default is 0.004, as in the paper.

    Paper: Dozat 2016.
    Sources: torch/optim/nadam.py, keras/src/optimizers/nadam.py.
    """

    beta1: float
    beta2: float
    epsilon: float
    momentum_decay: float
