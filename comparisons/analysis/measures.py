"""What is measured of curves, in powers of ten: so that gaps are signed, add up, and mean the same at any loss."""

from typing import NamedTuple

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.names import Dtype
from comparisons.tasks.streams import Array


class Measure(NamedTuple):
    """Of a curve or of a gap, in decades. final: log10 of the last loss. curve: log10 of the loss, mean over steps."""

    final: float
    curve: float


def measured(logs: Array) -> Measure:
    """The measures of a curve (steps,) of log10 losses, or of a difference of such curves."""
    return Measure(float(logs[-1]), float(logs.mean()))


def logs(losses: Array, dtype: Dtype) -> Array:
    """log10 of curves (..., steps), in float64 and always finite.

    A loss that is not finite counts as the largest number of the dtype. One below eps^2 times the largest loss so far
    counts as that much: a squared error there is the square of rounding, and says nothing. (So far: what a curve does
    when it diverges must not reach back to where it was well.)
    """
    finite, info = _finite(losses, dtype), np.finfo(dtype)
    floor = np.maximum(float(info.eps) ** 2 * largest(finite), float(info.tiny))
    return np.asarray(np.log10(np.maximum(finite, floor)))


def largest(losses: Array) -> Array:
    """The largest magnitude up to each step of curves (..., steps)."""
    return np.maximum.accumulate(np.abs(losses), axis=-1)


def parting(source: Array, target: Array, dtype: Dtype) -> int | None:
    """The first step at which two curves (steps,) are further apart than rounding alone puts them; None if never.

    Rounding is ROUNDING_EPSILONS machine epsilons of the largest magnitude so far.
    """
    one, other = _finite(source, dtype), _finite(target, dtype)
    epsilons = ROUNDING_EPSILONS * float(np.finfo(dtype).eps)
    apart = np.abs(one / 2 - other / 2) > epsilons * np.maximum(largest(one), largest(other)) / 2
    return int(apart.argmax()) if apart.any() else None


def _finite(losses: Array, dtype: Dtype) -> Array:
    return np.where(np.isfinite(losses), losses, np.finfo(dtype).max).astype(np.float64)
