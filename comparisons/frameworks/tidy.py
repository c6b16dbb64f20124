"""Numbers that went through a quotient, a root or a square, as people write them."""

from math import isclose

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
