"""Where rounding decides: a unit at the kink of a ReLU, or of a maximum, is on at one side and off at the other."""

import numpy as np

from comparisons.diff.both import Both
from comparisons.traces.trace import Array

STEPS = 0.5  # of those with the same parameters, at most: whatever else is felt is felt at more, the first among them
MOST = 2.0**-6  # of the gradient: what a unit or two of one sample make of a batch's
ALONE = 0.8  # of the square of a difference: in the bias of the layer, it is in one unit


def at_kinks(both: Both, off: Array) -> Array:
    """(n,) bool: the steps at which the gradients differ as they do at a kink, though the parameters hardly do.

    Up to the layer of the unit the gradients are the same, as the function is; there, one unit's are not; below, none
    are. It comes and goes with the batch.

    Args:
        off: (n,) bool, the steps at which gradients differ by more than rounding.
    """
    found = np.zeros(len(off), bool)
    together = both.together
    if not off.any() or not together.any() or off[together][0] or np.mean(off[together]) > STEPS:
        return found
    size = np.maximum(*both.gradient_norms)
    gaps = {pair.name: pair.gradients[1] - pair.gradients[0] for pair in both.with_gradients}
    whole = np.sqrt(sum(np.square(gap).sum(axis=1) for gap in gaps.values()))
    for pair in both.with_gradients:
        if len(pair.shape) == 1:
            square = np.square(gaps[pair.name])
            found |= square.max(axis=1) > ALONE * square.sum(axis=1)
    return np.asarray(found & off & together & (whole <= MOST * size))
