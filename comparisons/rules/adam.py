"""Adam: momentum and RMSprop together, both corrected for their start at zero."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Adam:
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- m + (1 - beta1) (g - m)
        v     <- v + (1 - beta2) (g^2 - v)
        theta <- theta - learning_rate (m / c1) / (sqrt(v / c2) + epsilon)          corrected-root: torch
        theta <- theta - learning_rate (sqrt(c2) / c1) m / (sqrt(v) + epsilon)      uncorrected-root: Keras, textbooks

    The second is the paper's "epsilon hat" form: the same epsilon is there worth epsilon / sqrt(c2) of the first.

    Paper: Kingma and Ba 2015, algorithm 1 and section 2.
    Sources: torch/optim/adam.py, keras/src/optimizers/adam.py.
    """

    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    epsilon_position: Literal["corrected-root", "uncorrected-root"]
