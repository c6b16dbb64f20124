"""How far rounding may take a curve, and how fast it grows: seen in runs of the NumPy reference, moved a little."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS, absolute_gap
from comparisons.analysis.measures import Measure, largest, logs, measured
from comparisons.names import Dtype
from comparisons.tasks.streams import Array

# Errors that double this often, in as many steps at least, along a straight line on a log axis, grow exponentially. A
# badly conditioned start makes as much of them at once, and momentum lets them grow like a power of the steps.
DOUBLINGS = 10
# They grow to the end of the run, or until they are as large as what they are errors of: growth that stops before, as
# that of a loss which rises at first does, is not chaos either.
LATE, SATURATED = 0.9, 0.01
# Where training amplifies errors this many times, a framework's may be so many times larger than any that was seen: 4
# were measured, of Lamb on small nets of relu in float32.
CALM, FARTHER = 16, 8


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Runs of the NumPy reference under one rule, from one start: curves (steps,).

    Args:
        itself: nothing is moved.
        moved: (moves, steps), from starts and samples that are moved by a unit in the last place.
        shaken: the same, moved by ROUNDING_EPSILONS units.
        numbers: the numbers of the rule are moved, as a framework does that holds them in the dtype.
        flushed: subnormal numbers are taken for 0; NaN where this machine cannot be told to.
    """

    itself: Array
    moved: Array
    shaken: Array
    numbers: Array
    flushed: Array

    @cached_property
    def errors(self) -> Array:
        """What became of the moves of one unit: the largest error up to each step; infinite once it is not finite."""
        return np.maximum.accumulate(_apart(self.moved, self.itself).max(axis=0))

    @cached_property
    def bound(self) -> Array:
        """How far from the curve rounding may take a framework's own, at each step (steps,) in float64.

        It is ROUNDING_EPSILONS units in the last place of the largest loss so far, or what the training makes of so
        many units in the last place of the start and the samples; and what it makes of the numbers of the rule, if the
        framework holds them in the dtype. The bound never falls: an error made once may come back.
        """
        return self._bound(1)

    @cached_property
    def reach(self) -> Array:
        """The bound, and farther where training amplifies errors.

        There they may jump: a unit of relu is dead or not, a gradient has one sign or the other; sooner in a framework
        than in any of the runs that were moved.
        """
        return self._bound(FARTHER)

    def _bound(self, factor: int) -> Array:
        info = np.finfo(self.itself.dtype)
        least = float(info.eps) * largest(_finite(self.itself)) + float(info.smallest_subnormal)
        shaken, numbers = (
            np.maximum.accumulate(_apart(some, self.itself).max(axis=0))
            for some in (self.shaken, self.numbers[np.newaxis])
        )
        units = ROUNDING_EPSILONS * least
        with np.errstate(over="ignore"):
            farther = shaken + (factor - 1) * np.maximum(shaken - CALM * units, 0)
            return np.asarray(np.maximum.reduce([units, ROUNDING_EPSILONS * self.errors, farther]) + numbers)

    @cached_property
    def underflows(self) -> bool:
        """Whether it makes a difference, more than rounding, that subnormal numbers are taken for 0."""
        return bool(np.isfinite(self.flushed).any()) and leaves(self.flushed, self.itself, self.reach) >= 0


def leaves(curve: Array, other: Array, bound: Array) -> int:
    """The first step at which two curves (steps,) are further apart than the bound; -1 if none.

    Where only one of the two is finite they are infinitely far apart, where neither is they are together.
    """
    apart = _apart(curve, other) > bound
    return int(apart.argmax()) if apart.any() else -1


def allowance(runs: tuple[Runs, Runs], dtype: Dtype) -> Measure:
    """How far rounding could take the gap between two curves, in each measure.

    ROUNDING_EPSILONS moves by a unit in the last place are allowed for, each of one machine epsilon of the loss at
    least; and once, that the framework holds the numbers of the rule in the dtype (1 - 0.999^t amplifies it a hundred
    times). By luck the last loss may not move at all, so it is allowed what the mean of the curve is.
    """
    least = float(np.finfo(dtype).eps) / np.log(10)
    moved = [_shift(one.itself, other, dtype) for one in runs for other in one.moved]
    numbers = [_shift(one.itself, one.numbers, dtype) for one in runs]
    final, curve = (
        ROUNDING_EPSILONS * max(least, *start) + max(number)
        for start, number in zip(zip(*moved, strict=True), zip(*numbers, strict=True), strict=True)
    )
    return Measure(final, curve)


def _shift(curve: Array, other: Array, dtype: Dtype) -> Measure:
    """How far a curve (steps,) moved."""
    final, mean = measured(np.abs(logs(other, dtype) - logs(curve, dtype)))
    return Measure(max(final, mean), mean)


def doubling_steps(runs: Runs) -> float | None:
    """In how many steps errors double; None if they do not grow exponentially.

    A straight line is laid through their binary logarithms (relative to the largest loss so far), from the first error
    to the step at which half of the largest is reached, and must lie closer than one through the logarithm of the
    steps: what grows like a power of the steps is not chaos.
    """
    scale = largest(_finite(runs.itself))
    with np.errstate(over="ignore"):
        errors = runs.errors / np.where(scale > 0, scale, 1)
    errors = np.maximum.accumulate(errors[np.isfinite(errors)])
    if not errors.any():
        return None
    first, last = int((errors > 0).argmax()), int((errors >= errors.max() / 2).argmax())
    grown = np.log2(errors[first : last + 1])
    if last - first < DOUBLINGS or grown[-1] - grown[0] < DOUBLINGS:
        return None
    if last < LATE * len(errors) and errors.max() < SATURATED:
        return None
    steps = np.arange(1.0, len(grown) + 1)
    (slope, line), (_, power) = _fit(steps, grown), _fit(np.log2(steps), grown)
    return 1 / slope if line < power else None


def _fit(x: Array, y: Array) -> tuple[float, float]:
    """The slope of the straight line through points (n,), and the sum of the squares that it leaves."""
    slope, height = np.polynomial.polynomial.polyfit(x, y, 1)[::-1]
    return float(slope), float(np.square(y - slope * x - height).sum())


def _apart(one: Array, other: Array) -> Array:
    """|one - other| at each step; infinite where only one of the two is finite, 0 where neither is."""
    alone = np.isfinite(one) != np.isfinite(other)
    return np.asarray(np.where(alone, np.inf, np.nan_to_num(absolute_gap(one, other), nan=0.0, posinf=np.inf)))


def _finite(curve: Array) -> Array:
    return np.where(np.isfinite(curve), curve, 0).astype(np.float64)
