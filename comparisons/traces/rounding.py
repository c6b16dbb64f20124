"""Numbers with fewer significant bits than their dtype has."""

import numpy as np

from comparisons.traces.trace import Array

BITS = {"bfloat16": 8, "float16": 11}  # significant ones


def rounded(values: Array, bits: int) -> Array:
    """To so many significant bits, ties to even, as float64."""
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits))
