"""Lion: the sign of an interpolated momentum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from comparisons.rules.ranges import RANGES, Range
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Lion(Surroundings):
    """m = 0 at the start.

        theta <- theta - learning_rate sign(beta1 m + (1 - beta1) g)
        m     <- beta2 m + (1 - beta2) g

    Paper: Chen et al. 2023. Source: keras/src/optimizers/lion.py. torch has none.
    """

    ranges: ClassVar[Mapping[str, Range]] = {**RANGES, "beta1": Range(ge=0, le=1)}  # at 1, m alone has the sign

    beta1: float
    beta2: float
