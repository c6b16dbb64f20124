"""What central differences show of a gradient, and how much of it rounding and kinks hide from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.contract import Beside

STEPS = tuple(10.0**-k for k in range(1, 13))  # h
EPSILON = 2.0**-52
DRAWS = 8  # of rounding, by chance
# The rounding of a loss is that of all that it is made of, some of which no draw moves; so many times the largest draw
# was more than enough, by a factor of 16, for every task here.
SAFETY = 8
FALLS = 1 / 5  # from 10 h to h: the truncation of a one-sided slope is divided by 10 and that of a central one by 100


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What central differences say of the elements of a parameter, (elements,) each.

    Args:
        h: the step that shows most. low, high: between them lies the gradient; they are equal where there is no kink.
        allowed: how far rounding and truncation may take it out of there; infinite where nothing is seen.
        by_step: h to the central differences.
    """

    h: Array
    low: Array
    high: Array
    allowed: Array
    by_step: Mapping[float, Array]


@np.errstate(all="ignore")  # a loss that overflows is a result: nothing is seen
def central_differences(problem: Problem, elements: dict[str, Array]) -> dict[str, Seen]:
    """Name to what is seen of those elements, at each of which the best h is chosen without a look at other gradients.

    A central difference is off by truncation, measured by how it changes from 10 h to h, and by the rounding of the
    loss over h. Where a ReLU switches between theta - h and theta + h there are two slopes, one on each side, and what
    is called the gradient may be any between them.

    Args:
        problem: of one replica, in float64.
        elements: name to the flat indices of the parameter (elements,).
    """
    here, noise = _loss(problem), _noise(problem)
    beside = [implementations.losses_beside(problem, elements, h) for h in STEPS]
    return {name: _seen([of[name] for of in beside], here, noise) for name in elements}


def _seen(beside: list[Beside], here: float, noise: float) -> Seen:
    h = np.array(STEPS)[:, None]
    above, below, kink = (np.stack([getattr(side, name) for side in beside]) for name in ("above", "below", "kink"))
    central, slopes = (above - below) / (2 * h), np.stack([(above - here) / h, (here - below) / h])
    low, high = (np.where(kink, of, central) for of in (slopes.min(axis=0), slopes.max(axis=0)))
    rounding = np.maximum(noise, SAFETY * EPSILON * np.maximum(np.abs(above), np.abs(below))) / h
    changed = np.maximum(np.abs(np.diff(low, axis=0)), np.abs(np.diff(high, axis=0)))
    allowed = np.vstack([np.full((1, kink.shape[1]), np.inf), rounding[1:] + FALLS * changed])
    allowed = np.where(np.isfinite(allowed + high - low), allowed, np.inf)
    best = (allowed + np.nan_to_num(high - low)).argmin(axis=0), np.arange(kink.shape[1])
    return Seen(
        h=np.array(STEPS)[best[0]],
        low=low[best],
        high=high[best],
        allowed=allowed[best],
        by_step=dict(zip(STEPS, central, strict=True)),
    )


def _noise(problem: Problem) -> float:
    """How much rounding changes the loss: as if all that it is computed from moved to a neighbouring number."""
    here, rng = _loss(problem), np.random.default_rng(0)
    moved = [abs(_loss(_moved(problem, rng)) - here) for _ in range(DRAWS)]
    # A logarithm of a probability near 1 is off by epsilon, however small it is itself.
    return SAFETY * max(EPSILON * (abs(here) + problem.task.classifies), float(np.spacing(here)), *moved)


def _moved(problem: Problem, rng: np.random.Generator) -> Problem:
    def moved(array: Array) -> Array:
        return np.nextafter(array, rng.choice([-np.inf, np.inf], array.shape))

    params = {name: moved(array) for name, array in problem.params.items()}
    return replace(problem, params=params, inputs=moved(problem.inputs), targets=moved(problem.targets))


def _loss(problem: Problem) -> float:
    return float(implementations.at_start("numpy", problem).losses[0])
