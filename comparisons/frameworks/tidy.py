"""Numbers that went through a quotient, a root or a square, as people write them."""

from dataclasses import fields
from math import isclose

from comparisons.rules.schedules import Schedule
from comparisons.rules.symbols import Symbol


def tidy(number: float) -> float:
    """The number, or the one with 15 digits that is as near as rounding: 1e-16 for 1.0000000000000001e-16."""
    if isinstance(number, Symbol):
        return number
    short = float(f"{number:.15g}")
    return short if isclose(short, number, rel_tol=2**-51) else number


def per_step(rate: float, over: float) -> float:
    """What an inverse-time decay adds to the denominator in one step."""
    return rate if over == 1 else tidy(rate / over)


# A number that went through a square, a root or a quotient and back is off by a rounding or two.
ROUNDING = 2.0**-50


def alike(one: object, other: object) -> bool:
    """Whether two values of a field, or two schedules, are the same but for rounding."""
    match one, other:
        case float(), float():
            return one == other or isclose(one, other, rel_tol=ROUNDING)
        case tuple(), tuple():
            return len(one) == len(other) and all(map(alike, one, other))
        case _ if isinstance(one, Schedule) and type(one) is type(other):
            return all(alike(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
        case _:
            return one == other
