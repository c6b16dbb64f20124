"""LAMB: Adam's step, made as long as the tensor it moves."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Lamb(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t. Norms are of whole tensors.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        d     <- (m / c1) / (sqrt(v / c2) + epsilon);  with decay_in_step, d + weight_decay theta
        theta <- theta - learning_rate (|theta| / |d|) d        the ratio is 1 where either norm is 0

    With decay_in_step (the paper, optax, TensorFlow Addons, apex) decoupled decay is a part of the step whose length is
    set; without it (Keras) it goes past that. Without bias_correction c1 and c2 are 1 (apex).

    Paper: You et al. 2020. Sources: keras/src/optimizers/lamb.py, optax/_src/alias.py. torch has none.
    """

    beta1: float
    beta2: float
    epsilon: float
    decay_in_step: bool = False
    bias_correction: bool = True

    @property
    def decay_place(self) -> Literal["before", "within", "after"]:
        """Within, where the decay is a part of the step."""
        return "within" if self.decay_in_step else self.decay_side
