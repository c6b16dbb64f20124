"""What each hyperparameter may be, said once for recipes, rules and the calls of every dialect."""

import math
from dataclasses import dataclass
from numbers import Real

from comparisons.names import BadInput
from comparisons.rules.symbols import Symbol


@dataclass(frozen=True, kw_only=True)
class Range:
    """Finite numbers within bounds, of which None is no bound.

    `integer` allows whole numbers only; `none` allows None too.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    integer: bool = False
    none: bool = False

    def describe(self) -> str:
        """The range in words."""
        bounds = {"at least": self.ge, "above": self.gt, "at most": self.le, "below": self.lt}
        given = {words: bound for words, bound in bounds.items() if bound is not None}
        a_number = "a whole number" if self.integer else "a finite number"
        match list(given.items()):
            case []:
                said = a_number
            case [("at least", bound)]:
                said = f"{a_number}, {bound:g} or above"
            case [("at most", bound)]:
                said = f"{a_number}, {bound:g} or below"
            case [(words, bound)]:
                said = f"{a_number} {words} {bound:g}"
            case _:
                said = " and ".join(f"{words} {bound:g}" for words, bound in given.items())
        return f"None or {said}" if self.none else said

    def contains(self, value: object) -> bool:
        """Whether the value is a number in the range; a symbol is in every range."""
        if value is None:
            return self.none
        if isinstance(value, Symbol):
            return True
        number = _float(value)
        return (
            math.isfinite(number)
            and (self.ge is None or self.ge <= number)
            and (self.gt is None or self.gt < number)
            and (self.le is None or number <= self.le)
            and (self.lt is None or number < self.lt)
            and (not self.integer or number.is_integer())
        )

    def to_python(self, value: object) -> float | None:
        """A number in the range as Python's own: an int if it must be whole, else a float (0.0 for -0.0)."""
        if value is None or isinstance(value, Symbol):
            return value
        return int(_float(value)) if self.integer else _float(value) + 0.0


def _float(value: object) -> float:
    """The value as a float; NaN if it is no number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


LONGEST = 120  # characters of a value in a message

POSITIVE = Range(gt=0)
NOT_NEGATIVE = Range(ge=0)
NOT_POSITIVE = Range(le=0)
FRACTION = Range(ge=0, lt=1)

# By the names of the rules' fields; a field that is not here is a switch.
RANGES: dict[str, Range] = {
    "learning_rate": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "momentum": Range(ge=0, le=1),
    "dampening": FRACTION,
    "rho": FRACTION,
    "beta1": FRACTION,
    "beta2": FRACTION,
    "epsilon": NOT_NEGATIVE,
    "root_epsilon": NOT_NEGATIVE,
    "initial_accumulator": NOT_NEGATIVE,
    "learning_rate_decay": NOT_NEGATIVE,
    "momentum_decay": NOT_NEGATIVE,
    "decay": NOT_NEGATIVE,
    "power": NOT_NEGATIVE,
    "average_from": NOT_NEGATIVE,
    "shrinkage": Range(gt=0, lt=1),
    "growth": Range(gt=1),
    "smallest": NOT_NEGATIVE,
    "largest": POSITIVE,
    "learning_rate_power": NOT_POSITIVE,
    "l1": NOT_NEGATIVE,
    "l2": NOT_NEGATIVE,
    "l2_shrinkage": NOT_NEGATIVE,
    "beta": NOT_NEGATIVE,
    "beta2_decay": NOT_POSITIVE,
    "epsilon1": Range(ge=0, none=True),
    "epsilon2": NOT_NEGATIVE,
    "clip_threshold": POSITIVE,
    "limit": POSITIVE,
    "ns_a": Range(),
    "ns_b": Range(),
    "ns_c": Range(),
    "iterations": Range(ge=1, lt=100, integer=True),
    "rms_rate": POSITIVE,
    "warmup_steps": Range(ge=0, integer=True),
    "rate_power": NOT_NEGATIVE,
    "step_power": NOT_NEGATIVE,
}


def check_number(place: str, name: str, value: object, allowed: Range | str) -> float | None:
    """The number as Python's own, if it is allowed: by a range, or by that of a field.

    Raises:
        BadInput: it is not; the message calls it `name` and says where it stands.
    """
    if isinstance(allowed, str):
        allowed = RANGES[allowed]
    if allowed.contains(value):
        return allowed.to_python(value)
    number = isinstance(value, Real) and not isinstance(value, bool)
    kind = "" if number or "number" in allowed.describe() else "a number, "
    raise BadInput(f"{place}: {name} is {_shown(value)}; it must be {kind}{allowed.describe()}")


def _shown(value: object) -> str:
    """The value in a line: a whole number may have a thousand digits, and a word as many letters."""
    shown = str(value) if isinstance(value, float) else repr(value)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST // 2]}...{shown[-LONGEST // 4 :]}"
