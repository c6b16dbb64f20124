"""Checks of hyperparameters: each hands the value on, or raises BadInput, a ValueError."""

import math
from numbers import Real
from typing import TypeVar

from comparisons.names import BadInput

Choice = TypeVar("Choice", bound=str)


def number(name: str, value: float, interval: str) -> float:
    """A finite number in an interval, written as "[0, 1)"; inf stands for no bound."""
    low, high = (float(bound) for bound in interval[1:-1].split(","))
    fits = (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and (low < value or (low == value and interval[0] == "["))
        and (value < high or (value == high and interval[-1] == "]"))
    )
    if not fits:
        raise BadInput(f"{name} is {value!r}; it must be a number in {interval}")
    return float(value)


def flag(name: str, value: bool) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise BadInput(f"{name} is {value!r}; it must be True or False")
    return value


def choice(name: str, value: Choice, *choices: Choice) -> Choice:
    """One of a few words."""
    if value not in choices:
        raise BadInput(f"{name} is {value!r}; it must be {' or '.join(map(repr, choices))}")
    return value
