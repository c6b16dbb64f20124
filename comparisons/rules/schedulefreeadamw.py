"""Schedule-Free AdamW: an average of the iterates in the place of a schedule."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class ScheduleFreeAdamW(Surroundings):
    """z = theta, v = W = L = 0 at the start; c2 = 1 - beta2^t; rate = learning_rate min(1, t / warmup_steps).

        v     <- beta2 v + (1 - beta2) g^2
        d     =  g / (sqrt(v / c2) + epsilon);  with decay_in_step, d + weight_decay theta
        L     <- max(L, rate);  w = t^step_power L^rate_power;  W <- W + w;  c = w / W, or 0 where W is
        theta <- (1 - c) theta + c z - rate (1 - beta1 (1 - c)) d
        z     <- z - rate d

    theta is the point y at which the gradient is taken, and what is trained; what the paper evaluates is the average
    x = (theta - (1 - beta1) z) / beta1, to which c is the weight of the newest z.
    aliased (Keras 3.15): x is recovered from the new z in the place of the old, so that z steps first, and
        theta <- (1 - c) theta + c z
    in which beta1 has no part. Keras has step_power = rate_power = 0, and decays past the step.

    Paper: Defazio et al. 2024. Sources: schedulefree/adamw_schedulefree.py, the authors' own package for torch, and
    keras/src/optimizers/schedule_free_adamw.py.
    """

    beta1: float
    beta2: float
    epsilon: float
    warmup_steps: int = 0
    rate_power: float = 2.0
    step_power: float = 0.0
    aliased: bool = False
    decay_in_step: bool = True

    @property
    def decay_place(self) -> Literal["before", "within", "after"]:
        """Within, where the decay is a part of the step."""
        return "within" if self.decay_in_step else self.decay_side
