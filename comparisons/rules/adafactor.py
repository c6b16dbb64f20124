"""Adafactor: Adam's second moment from the means of rows and columns."""

from dataclasses import dataclass
from typing import Literal

from comparisons.names import BadInput
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adafactor(Surroundings):
    """r = c = v = 0 at the start; w = t^beta2_decay; rms(x) = sqrt(mean(x^2)), of whole tensors.

        alpha =  max(epsilon2, rms(theta)) min(learning_rate, 1 / sqrt(t));  1 for the maximum without scale_parameter,
                 the learning rate for the minimum without relative_step
        r     <- (1 - w) r + w (mean over columns of s);  c <- (1 - w) c + w (mean over rows of s);  v = r c / mean(r)
        v     <- (1 - w) v + w s                          for a vector
        d     =  g / sqrt(v)
        theta <- theta - alpha d / max(1, rms(d) / clip_threshold)

    epsilon1_position:
        floor (torch):  s = g^2; mean(r) is at least epsilon1, v at least epsilon1^2; None is the machine epsilon
        added (Keras):  s = g^2 + epsilon1; v = (r / mean(r)) c, as r c of small gradients underflows in float32;
                        quotient and product are 0 below the smallest number with all its digits, as in TensorFlow
    rms(theta) is taken before weight decay in torch, after it in Keras (`scale_after_decay`). transformers' class may
    go without the scale and without the bound of the step (as is usual for T5).

    Paper: Shazeer and Stern 2018.
    Sources: torch/optim/_adafactor.py, keras/src/optimizers/adafactor.py, transformers/optimization.py.
    """

    beta2_decay: float
    epsilon1: float | None
    epsilon2: float
    clip_threshold: float
    epsilon1_position: Literal["floor", "added"]
    scale_after_decay: bool
    scale_parameter: bool = True
    relative_step: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epsilon1 is None and self.epsilon1_position == "added":
            raise BadInput("Adafactor: epsilon1 is None; where it is added it must be a finite number, 0 or above")

    @property
    def decay_place(self) -> Literal["before", "within", "after"]:
        """Within, where the scale is of the parameters before their decay."""
        return "within" if self.decay_side == "before" and not self.scale_after_decay else self.decay_side
