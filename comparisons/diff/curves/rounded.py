"""A curve that is the other's in a format of fewer bits."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.curves.shapes import FEWEST, OPEN, Shape, Sides
from comparisons.traces.rounding import BITS, cast
from comparisons.traces.trace import Array

LEAST = {"bfloat16": 2.0**-134, "float16": 2.0**-25}  # half of the distance of the numbers that are nearest to 0
LARGEST = 2.0**128  # beyond bfloat16's


def rounded(sides: Sides) -> Iterator[Shape]:
    """That all losses of one curve are numbers of a format, the other's are not, and are as near as rounding to it."""
    if sides.unit > LARGEST:
        return
    a, b = ((losses * sides.unit, opened * sides.unit) for losses, opened in sides.each)
    for name, other, fewer, whole in (("B", "A", b, a), ("A", "B", a, b)):
        dtype = next((dtype for dtype in BITS if _is_of(*fewer, dtype)), None)
        if dtype is None or _is_of(*whole, dtype) or len(np.unique(fewer[0])) < FEWEST:
            continue
        half, opened = _half(fewer[0], dtype), fewer[1] + whole[1]
        if np.median(opened - OPEN * half) <= 0 and (np.abs(fewer[0] - whole[0]) <= half + opened).all():
            says = f"{name}'s losses are {other}'s, rounded to {dtype}"
            yield Shape(cause=dtype, number=2.0 ** -BITS[dtype], says=says, left=0.0)


def _half(losses: Array, dtype: str) -> Array:
    """Half of the distance to the next number of a format."""
    exponents = np.where(losses, np.frexp(losses)[1], -1000)
    return np.maximum(np.ldexp(1.0, exponents - BITS[dtype] - 1), LEAST[dtype])


def _is_of(losses: Array, opened: Array, dtype: str) -> bool:
    """Whether all are numbers of a format, as far as they are known."""
    return bool((np.abs(losses - cast(losses, dtype)) <= opened).all())
