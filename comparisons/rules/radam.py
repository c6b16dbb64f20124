"""RAdam: Adam that waits with the adaptive rate until its variance is known well enough."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class RAdam(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        R     =  2 / (1 - beta2) - 1;  r = R - 2 t beta2^t / c2
        theta <- theta - learning_rate (m / c1) rect d    if r > 5
        theta <- theta - learning_rate (m / c1)           else
        d     =  sqrt(c2) / (sqrt(v) + epsilon)           uncorrected-root: torch
        d     =  1 / (sqrt(v / c2) + epsilon)             corrected-root: optax, TensorFlow Addons
        rect  =  sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r))

    Paper: Liu et al. 2020. Sources: torch/optim/radam.py, optax/_src/transform.py. Keras has none.
    """

    beta1: float
    beta2: float
    epsilon: float
    epsilon_position: Literal["corrected-root", "uncorrected-root"] = "uncorrected-root"
