"""The numbers of rules as they are fitted: on a scale of their own, within bounds, from values that people write."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import numpy as np

from comparisons.rules.ranges import RANGES
from comparisons.tasks.streams import Array

Scale = Literal["logarithm", "fraction", "negative"]

FRACTIONS = ("beta1", "beta2", "rho", "momentum", "dampening", "shrinkage")
NEGATIVE = ("learning_rate_power", "beta2_decay")
NONE = 1e-20  # and below: as good as 0
# On the scales. Beyond them a rule is another one: Adam with an epsilon of 1000 is SGD.
BOUNDS: dict[Scale, tuple[float, float]] = {
    "logarithm": (float(np.log(NONE)), float(np.log(1e4))),
    "fraction": (0.0, float(-np.log(1e-5))),
    "negative": (float(np.log(1e-3)), float(np.log(10.0))),
}
LARGEST_EPSILON = 1.0
LEAST_GROWTH = 1.01  # of Rprop, which has none at 1
LEAST_SHRINKAGE = 1e-3  # of Rprop, which steps no more at 0


def bounds_of(names: tuple[str, ...]) -> Array:
    """(numbers, 2): the least and the most of each, on its scale."""
    bounds = np.array([BOUNDS[scale_of(name)] for name in names]).reshape(-1, 2)
    for i, name in enumerate(names):
        if name.endswith("epsilon"):
            bounds[i, 1] = np.log(LARGEST_EPSILON)
        if name == "growth":
            bounds[i, 0] = np.log(LEAST_GROWTH)
        if name == "shrinkage":
            bounds[i, 0] = to_scale(name, LEAST_SHRINKAGE)
    return bounds


# Where fits start: what is common, and what lies far from it.
TYPICAL: dict[str, tuple[float, ...]] = {
    "learning_rate": (1e-3,),
    "weight_decay": (1e-2,),
    "momentum": (0.9, 0.5),
    "dampening": (0.1, 0.5),
    "rho": (0.9, 0.99, 0.5),
    "beta1": (0.9, 0.5, 0.99),
    "beta2": (0.999, 0.95, 0.9),
    "epsilon": (1e-8, 1e-4, 1e-2),
    "root_epsilon": (1e-8, 1e-3),
    "initial_accumulator": (0.1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-15),  # one above all squares makes SGD, and has no slope
    "momentum_decay": (4e-3, 1.0),
    "decay": (1e-4, 1e-2),
    "power": (0.75,),
    "shrinkage": (0.5, 0.4, 0.7),
    "growth": (1.2, 1.5, 1.1),
    "learning_rate_power": (-0.5,),
    "l1": (1e-4,),
    "l2": (1e-2,),
    "l2_shrinkage": (1e-2,),
    "beta": (0.1,),
    "beta2_decay": (-0.8,),
    "epsilon1": (1e-30,),
    "epsilon2": (1e-3,),
    "clip_threshold": (1.0,),
    "limit": (1.0,),
}


def scale_of(name: str) -> Scale:
    """On which scale a number is fitted."""
    return "fraction" if name in FRACTIONS else "negative" if name in NEGATIVE else "logarithm"


def to_scale(name: str, value: Array | float) -> Array:
    """Numbers on the scale of their fit."""
    match scale_of(name):
        case "fraction":
            return np.asarray(-np.log1p(-np.asarray(value, float)))
        case "negative":
            return np.asarray(np.log(-np.asarray(value, float)))
        case _:
            return np.asarray(np.log(np.maximum(value, 1e-20)))


def from_scale(name: str, x: Array | float) -> Array:
    """The numbers themselves."""
    match scale_of(name):
        case "fraction":
            return np.asarray(-np.expm1(-np.asarray(x, float)))
        case "negative":
            return np.asarray(-np.exp(x))
        case _:
            return np.asarray(np.exp(x))


def written(name: str, low: float, high: float, usual: tuple[float, ...] = ()) -> float | None:
    """The number between two others that a person would most likely have written; None if none is short.

    Args:
        usual: what stands in signatures, the likeliest first.
    """
    for number in usual:
        if low <= number <= high:
            return number
    if low <= 0 <= high and RANGES[name].contains(0.0):
        return 0.0
    return next(_shortest(name, low, high), None)


def _shortest(name: str, low: float, high: float) -> Iterator[float]:
    """Numbers in the interval, those with the fewest digits first; of a fraction near 1, of its distance from 1 too."""
    fraction = scale_of(name) == "fraction"
    for digits in range(1, 5):
        near = [_rounded(low, high, digits)]
        if fraction and digits < 4:
            near.append(_from_one(low, high, digits))
        yield from (number for number in near if number is not None and low <= number <= high)


def _from_one(low: float, high: float, digits: int) -> float | None:
    rest = _rounded(1 - high, 1 - low, digits)
    return None if rest is None else float(1 - Decimal(repr(rest)))


def _rounded(low: float, high: float, digits: int) -> float | None:
    """A number of so many digits between two others: 1, 2 or 5 in its first place where the interval has one."""
    if high < 0:
        found = _rounded(-high, -low, digits)
        return None if found is None else -found
    middle = (low * high) ** 0.5 if low > 0 else high / 2
    if middle <= 0:
        return None
    exponent = int(np.floor(np.log10(middle)))
    unit = Decimal(10) ** (exponent - digits + 1)
    if digits == 1:
        for first in (1, 10, 5, 2):
            if low <= (number := float(first * Decimal(10) ** exponent)) <= high:
                return number
    return float(round(Decimal(middle) / unit) * unit)
