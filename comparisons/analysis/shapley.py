"""Shapley values: what each of several switches adds, averaged over all orders in which they can be thrown."""

from math import factorial

import numpy as np

from comparisons.tasks.streams import Array


def shapley(values: Array) -> Array:
    """The value of each switch.

        phi_i = sum over the subsets S without i of |S|! (n - |S| - 1)! / n! (v(S with i) - v(S))

    They add up to v(all) - v(none). A switch that changes nothing has 0, two that do the same have the same.

    Args:
        values: (2^n, ...); values[s] is v of the subset that has switch i if bit i of s is set.

    Returns: (n, ...) in float64.

    Paper: Shapley 1953, A value for n-person games.
    """
    count = len(values).bit_length() - 1
    subsets = np.arange(len(values))
    sizes = np.array([s.bit_count() for s in range(len(values))])
    weights = np.array([factorial(k) * factorial(count - k - 1) / factorial(count) for k in range(count)])
    found = np.empty((count, *values.shape[1:]))
    for i in range(count):
        without = subsets[subsets >> i & 1 == 0]
        found[i] = np.tensordot(weights[sizes[without]], values[without | 1 << i] - values[without], axes=1)
    return found
