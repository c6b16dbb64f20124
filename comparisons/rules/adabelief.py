"""AdaBelief: Adam, whose second moment is that of the gradient's deviation from its running mean."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class AdaBelief(Surroundings):
    """m = s = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- beta1 m + (1 - beta1) g
        s     <- beta2 s + (1 - beta2) (g - m)^2 + epsilon
        theta <- theta - learning_rate (m / c1) / (sqrt(s / c2) + epsilon)

    Epsilon adds up in s, to epsilon / (1 - beta2), and is corrected with it: so the paper's is as small as 1e-16.

    Paper: Zhuang et al. 2020, algorithm 2. Neither torch nor Keras has it.
    """

    beta1: float
    beta2: float
    epsilon: float
