"""How far two machines' curves of one call may be apart: by rounding, as training amplifies it, or by chaos at will."""

from typing import Any

import numpy as np
import pandas as pd

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.frame import CURVE
from comparisons.analysis.gaps import ROUNDING_EPSILONS, absolute_gap
from comparisons.analysis.of_run import runs_of
from comparisons.analysis.rounding import doubling_steps
from comparisons.frameworks import rule_of
from comparisons.names import DTYPES, Dtype
from comparisons.rules.canonical_training import canonical_of
from comparisons.tasks.streams import Array

# Another machine adds in the order of its own BLAS and rounds square roots its own way; training may amplify that. By
# how much, a run itself shows: float32 and float64 of one curve differ by rounding, amplified. Between two machines the
# gap was up to 2.7 times that; ROUNDING_EPSILONS are what is rounding where nothing is amplified.
AMPLIFIED = 16
EPSILON = {dtype: float(np.finfo(dtype).eps) for dtype in DTYPES}

Losses = dict[tuple[Any, ...], pd.DataFrame]  # a curve's CURVE to a column for each framework
Curve = tuple[tuple[Any, ...], str]  # CURVE and framework


def allowed(single: Array, double: Array, dtype: Dtype) -> float:
    """The largest gap, in units of the loss, between two machines' curves of one call that is rounding.

    Args:
        single, double: the curve (steps,) in float32 and in float64, as one machine has it.
        dtype: of the curves that are compared.
    """
    apart = np.nanmax(absolute_gap(single, double), initial=0)
    largest = np.max(np.abs(double), where=np.isfinite(single) & np.isfinite(double), initial=0)
    epsilon = EPSILON[dtype]
    return float(AMPLIFIED * apart * (epsilon / EPSILON["float32"]) + ROUNDING_EPSILONS * epsilon * largest)


def by_curve(losses: pd.DataFrame) -> Losses:
    """The curves of `Comparison.aligned`."""
    return dict(list(losses.groupby(CURVE, sort=False, observed=True)))


def in_dtype(key: tuple[Any, ...], dtype: Dtype) -> tuple[Any, ...]:
    """What names the same curve in that dtype."""
    place = CURVE.index("dtype")
    return (*key[:place], dtype, *key[place + 1 :])


def bound(losses: Losses, key: tuple[Any, ...], framework: str) -> float:
    """What is rounding between two machines of a curve that was run in both dtypes."""
    single, double = (losses[in_dtype(key, dtype)][framework].to_numpy() for dtype in DTYPES)
    return allowed(single, double, key[CURVE.index("dtype")])


def chaotic(comparison: Comparison) -> set[Curve]:
    """The curves in which every error grows exponentially: on another machine they are others."""
    found = runs_of(comparison.reference_runs, comparison.outcomes)
    curves: set[Curve] = set()
    for cell in comparison.cells:
        for replica, seed in enumerate(comparison.seeds):
            runs = found(cell.task, cell.dtype, replica).get(canonical_of(rule_of(cell.call)))
            if runs is not None and doubling_steps(runs) is not None:
                curves.add(((*cell.key, seed), cell.framework))
    return curves
