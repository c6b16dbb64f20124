"""What a rule makes of rounding, shown by the NumPy reference: in the dtype, and in a wider one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from comparisons.analysis.gaps import largest_path_gap
from comparisons.porting.probes import Lead, by_probe
from comparisons.porting.tolerance import TASK
from comparisons.rules import Adafactor, Rule
from comparisons.rules.training import Training
from comparisons.tasks.streams import Array
from comparisons.training import implementations

TIMES = 16  # so far from the exact numbers as the reference in the dtype is, another order of operations may be
WIDER = {"float32": np.float64, "float64": np.longdouble}


def growth(rule: Rule | Training[Rule], leads: Sequence[Lead]) -> dict[str, float]:
    """What leads (the first is the task's, the others are the probes') to the gap that the rounding of the dtype makes.

    It grows where a coupled weight decay leads back to the parameters, and steps are of what is left of a gradient.
    """
    dtype = next(iter(leads[0][0].values())).dtype
    if isinstance(rule, Adafactor) and rule.epsilon1 is None:  # it is the dtype's
        rule = replace(rule, epsilon1=float(np.finfo(dtype).eps))
    paths = [implementations.follow("numpy", rule, *lead) for lead in leads]
    exact = [implementations.follow("numpy", rule, _wide(start), _wide(gradients)) for start, gradients in leads]
    return {TASK: largest_path_gap(paths[0], exact[0]), **by_probe(paths[1:], exact[1:])}


def roundings(least: float, growth: Mapping[str, float]) -> dict[str, float]:
    """What rounding makes at most: `least`, and more where errors grow, unless a gap is infinite."""
    return {name: max(least, TIMES * gap) if np.isfinite(gap) else least for name, gap in growth.items()}


def _wide(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.astype(WIDER[array.dtype.name]) for name, array in arrays.items()}
