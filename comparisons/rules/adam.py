"""Adam: momentum and RMSprop together, both corrected for their start at zero."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adam(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2;  with amsgrad, w <- max(w, v) takes the place of v below
        theta <- theta - learning_rate (m / c1) / (sqrt(v / c2) + epsilon)          corrected-root: torch
        theta <- theta - learning_rate (sqrt(c2) / c1) m / (sqrt(v) + epsilon)      uncorrected-root: Keras, textbooks

    The second is the paper's "epsilon hat" form: the same epsilon is there worth epsilon / sqrt(c2) of the first.
    With decoupled weight decay this is AdamW.

    Paper: Kingma and Ba 2015, algorithm 1 and section 2; Reddi et al. 2018 (amsgrad, there without correction).
    Sources: torch/optim/adam.py, keras/src/optimizers/adam.py.
    """

    beta1: float
    beta2: float
    epsilon: float
    epsilon_position: Literal["corrected-root", "uncorrected-root"]
    amsgrad: bool = False
