"""What each hyperparameter may be, said once for recipes, rules and the calls of every dialect."""

import math
from dataclasses import dataclass

from comparisons.names import BadInput


@dataclass(frozen=True, kw_only=True)
class Range:
    """Finite numbers from `low` (itself among them if `closed`) to below `high`; `none` allows None too."""

    low: float = -math.inf
    high: float = math.inf
    closed: bool = True
    none: bool = False

    @property
    def says(self) -> str:
        """The range in words."""
        if self.low == -math.inf:
            return f"a finite number below {self.high:g}"
        if self.high < math.inf:
            return f"{'at least' if self.closed else 'above'} {self.low:g} and below {self.high:g}"
        words = f"a finite number, {self.low:g} or above" if self.closed else f"a finite number above {self.low:g}"
        return f"None or {words}" if self.none else words

    def holds(self, value: object) -> bool:
        """Whether the value is a number in the range."""
        if value is None:
            return self.none
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return (self.low <= value if self.closed else self.low < value) and value < self.high


POSITIVE = Range(low=0, closed=False)
NOT_NEGATIVE = Range(low=0)
FRACTION = Range(low=0, high=1)

# By the names of the rules' fields; a field that is not here is a switch.
RANGES: dict[str, Range] = {
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "momentum": FRACTION,
    "dampening": FRACTION,
    "rho": FRACTION,
    "beta1": FRACTION,
    "beta2": FRACTION,
    "epsilon": NOT_NEGATIVE,
    "initial_accumulator": NOT_NEGATIVE,
    "learning_rate_decay": NOT_NEGATIVE,
    "momentum_decay": NOT_NEGATIVE,
    "decay": NOT_NEGATIVE,
    "power": NOT_NEGATIVE,
    "average_from": NOT_NEGATIVE,
    "shrinkage": Range(low=0, high=1, closed=False),
    "growth": Range(low=1, closed=False),
    "smallest": NOT_NEGATIVE,
    "largest": POSITIVE,
    "learning_rate_power": Range(high=0),
    "l1": NOT_NEGATIVE,
    "l2": NOT_NEGATIVE,
    "l2_shrinkage": NOT_NEGATIVE,
    "beta": NOT_NEGATIVE,
    "beta2_decay": Range(high=0),
    "epsilon1": Range(low=0, none=True),
    "epsilon2": NOT_NEGATIVE,
    "clip_threshold": Range(low=1),
    "limit": POSITIVE,
}


def check_number(place: str, name: str, value: object, field: str) -> None:
    """Raise BadInput unless `value` lies in the field's range; the message calls it `name` and says where it stands."""
    allowed = RANGES[field]
    if not allowed.holds(value):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        kind = "" if number or "number" in allowed.says else "a number, "
        raise BadInput(f"{place}: {name} is {value if number else repr(value)}; it must be {kind}{allowed.says}")
