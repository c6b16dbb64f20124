"""Rprop: steps by the sign of the gradient alone, longer while it stays, shorter when it turns."""

from dataclasses import dataclass

from comparisons.names import BadInput
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Rprop(Surroundings):
    """d = learning_rate, h = 0 at the start.

        d     <- clip(d growth, smallest, largest)      where g h > 0
        d     <- clip(d shrinkage, smallest, largest)   where g h < 0, and there g <- 0
        theta <- theta - sign(g) d
        h     <- g

    Paper: Riedmiller and Braun 1993. Source: torch/optim/rprop.py. Keras has none.
    """

    shrinkage: float
    growth: float
    smallest: float
    largest: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.smallest > self.largest:
            raise BadInput(f"Rprop: smallest is {self.smallest}; it must be at most largest, {self.largest}")
