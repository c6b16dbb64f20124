"""How far rounding takes two curves of one training apart, step by step; and what digits in files leave open."""

import numpy as np
from scipy import stats

from comparisons.analysis.gaps import ROUNDING_EPSILONS, absolute_gap
from comparisons.traces.trace import Array

EPSILON = float(np.finfo(np.float32).eps)  # a file does not say in which dtype its losses were computed
# A loss near 0 is what is left of larger terms, and their rounding with it: what they leave over is squared, in a mean
# of squares, which goes with the root of loss and largest loss; or is the difference of two of them. Of trainings in
# float32 whose sums went in other orders (least squares, nets of tanh, classifiers; up to 3,000 updates) the gap was up
# to 2.5 epsilons of the root, and 1.4 of the terms.
OF_TERMS = 8
# Where a classifier is sure of a sample, its logits are so far apart: more, and e^-16 is lost beside 1 in float32. A
# loss may begin as large as it likes, for reasons that are gone later on.
LOGITS = 16.0
CALM = 200  # updates, over which ROUNDING_EPSILONS were measured: the errors of more add up as a random walk does
COUNTED = 100_000  # by a column: one that goes farther may count samples or tokens
# Steps at least, and the share of them at which a gap changes its side where it is rounding of larger terms: half of
# them were seen to, and a third where there were few.
SIDED, TURNS = 20, 0.1
RARE = 1e-4  # how often, of equal trainings, a last digit may be said to be another that is not


def float_bounds(steps: Array, a: Array, b: Array) -> Array:
    """How far apart (n,) rounding in float32 may take the losses of one training at each step, if none is amplified.

    That of terms that are larger than the loss falls to both sides: a gap that stays on one is none of it.
    """
    loss = np.maximum(np.abs(a), np.abs(b))
    largest = np.maximum.accumulate(loss)
    updates = np.maximum(np.arange(len(steps)), np.minimum(steps - steps[0], COUNTED))
    walk = EPSILON * np.sqrt(np.maximum(updates / CALM, 1))
    squares = np.maximum(walk * ROUNDING_EPSILONS * loss, walk * OF_TERMS * np.sqrt(loss) * np.sqrt(largest))
    differences = walk * OF_TERMS * np.minimum(largest, LOGITS)
    return squares if _one_sided(a, b, squares, differences) else np.maximum(squares, differences)


def _one_sided(a: Array, b: Array, squares: Array, differences: Array) -> bool:
    gap = absolute_gap(a, b)
    signs = (a > b)[(gap > squares) & (gap <= differences)]
    return len(signs) >= SIDED and float(np.mean(signs[1:] != signs[:-1])) < TURNS


def digit_bounds(gap: Array, resolutions: tuple[Array, Array], rounding: Array) -> Array:
    """How far apart (n,) losses may be written that are the same but for rounding, which may make so much of it (n,).

    Two files that cut the same number after the same digit write the same, unless a half lies between the two: by
    chance that is so at few steps only. Where it is at more, a unit of the last digit is a gap.
    """
    both = resolutions[0] + resolutions[1]
    cut_alike = (resolutions[0] == resolutions[1]) & (resolutions[0] > rounding)
    other = cut_alike & (gap > resolutions[0] + rounding)
    expected = float(np.sum(np.minimum(2 * rounding[cut_alike] / both[cut_alike], 1)))
    if other.any() and stats.poisson.sf(int(other.sum()) - 1, expected) < RARE:
        return np.where(cut_alike, resolutions[0], both)
    return np.asarray(both)
