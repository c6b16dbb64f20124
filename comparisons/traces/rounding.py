"""Numbers with fewer significant bits than their dtype has."""

import numpy as np

from comparisons.traces.trace import Array

BITS = {"bfloat16": 8, "float16": 11}  # significant ones


def unit(dtype: str) -> float:
    """The distance from 1 to the next number of a dtype, bfloat16 among them."""
    return 2.0 ** (1 - BITS[dtype]) if dtype in BITS else float(np.finfo(dtype).eps)


def is_float(dtype: str) -> bool:
    """Whether it is one that parameters may have: floats of 64 bits at most, bfloat16 among them."""
    if dtype in BITS:
        return True
    try:
        given = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):  # NumPy reads lists of fields out of a text, too
        return False
    return given.kind == "f" and given.itemsize <= 8


def rounded(values: Array, bits: int) -> Array:
    """To so many significant bits, ties to even, as float64."""
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits))


def cast(values: Array, dtype: str) -> Array:
    """What a dtype of `BITS` makes of the numbers, as float64: float16 has fewer bits for those below 2^-14, and no
    numbers above 65,504.
    """
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return np.asarray(values.astype(np.float16).astype(float))
    return rounded(values, BITS[dtype])
