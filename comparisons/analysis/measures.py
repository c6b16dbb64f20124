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


def allowance(curves: Array, perturbed_start: Array, perturbed_hyperparameters: Array, dtype: Dtype) -> Measure:
    """How far rounding could take the gap between two curves, in each measure.

    A training that is ill-conditioned makes much of a rounding: how much shows when the start moves by one unit in the
    last place. ROUNDING_EPSILONS such moves are allowed for, each of one machine epsilon of the loss at least; and
    once, that the framework holds the hyperparameters in the dtype (1 - 0.999^t amplifies it a hundred times).
    By luck the last loss may not move at all, so it is allowed what the mean of the curve is.

    Args:
        curves: (2, steps), of the two rules.
        perturbed_start: the same from a start that is moved by a unit in the last place.
        perturbed_hyperparameters: the same from the same start, with the numbers of the rules changed by as much.
    """
    least = float(np.finfo(dtype).eps) / np.log(10)
    return Measure(
        *(
            ROUNDING_EPSILONS * max(least, start) + number
            for start, number in zip(
                _shift(curves, perturbed_start, dtype), _shift(curves, perturbed_hyperparameters, dtype), strict=True
            )
        )
    )


def _shift(curves: Array, others: Array, dtype: Dtype) -> Measure:
    """How far two curves (2, steps) moved, the one that moved more."""
    shifts = [measured(one) for one in np.abs(logs(others, dtype) - logs(curves, dtype))]
    final, curve = (max(both) for both in zip(*shifts, strict=True))
    return Measure(max(final, curve), curve)


def _finite(losses: Array, dtype: Dtype) -> Array:
    return np.where(np.isfinite(losses), losses, np.finfo(dtype).max).astype(np.float64)
