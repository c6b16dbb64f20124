"""How far each number of a rule may be off, for all that the steps tell."""

from collections.abc import Sequence

import numpy as np

from comparisons.identify.evidence import Evidence
from comparisons.identify.fitting import bounded, descend, off, residuals, with_slopes
from comparisons.identify.hypotheses import FAMILIES, Hypothesis, one_by_one
from comparisons.identify.settling import Range, Settled, along, number, scale_of_rounding
from comparisons.tasks.streams import Array

FIRST = 1e-6  # how far a number is taken at first, on its scale
ROUNDS, ANEW = 28, 4  # of steps along a valley; iterations in which the other numbers are fitted anew there
LONGER, SHORTER = 4.0, 0.25  # a step after one that did, and after one that did not
ENDS = 0.05  # where the next step is no longer than that part of the way gone, the end is known
DECADES = 10.0 ** np.arange(-20, 7)  # of numbers that are not fitted
Way = tuple[int, float]  # a number, and in which direction it is taken


def ranges_of(settled: Settled, evidence: Evidence) -> dict[str, Range]:
    """Of each number, between which values the steps cannot tell, where the others make up for it.

    What the others are where they make up for one is within their ranges too: an epsilon of which nothing is felt
    is led nowhere by a fit, and only where it is taken far is it seen how far the rate goes along.
    """
    hypothesis, x = settled.hypothesis, settled.x
    scale = allowance(settled, evidence)
    reached = walk(hypothesis, x, evidence, scale, [(i, sign) for i in range(len(x)) for sign in (-1.0, 1.0)])
    low, high = reached.min(axis=0), reached.max(axis=0)
    found = {name: (number(name, low[i]), number(name, high[i])) for i, name in enumerate(hypothesis.free)}
    return found | _of_fixed(settled, evidence, scale)


def allowance(settled: Settled, evidence: Evidence) -> Array:
    """(residuals,): what of each residual rounding may make, or as much more as the rule itself is off."""
    scale = scale_of_rounding(settled.rule, evidence)
    own = np.abs(residuals(settled.hypothesis, evidence, settled.x[None])[0]) / scale
    return scale * max(1.0, float(own.max()))


def walk(
    hypothesis: Hypothesis, x: Array, evidence: Evidence, scale: Array, ways: Sequence[Way], first: float = FIRST
) -> Array:
    """(points, numbers): where the numbers come to as each is taken its way, the others fitted anew at each step.

    A step starts where the last two point to, and is the longer the better the last ones did. The end of a way is the
    first value that was found not to do, so that none is left out that does.
    """
    held, each = np.array([i for i, _ in ways]), np.arange(len(ways))
    _, slopes = with_slopes(hypothesis, evidence, x[None])
    every = list(range(len(x)))
    toward = np.array([along(hypothesis, x, i, every, slopes[0] / scale, np.array([sign]))[0] - x for i, sign in ways])
    here, length = np.tile(x, (len(ways), 1)), np.full(len(ways), first)
    beyond, going, reached = x[held], np.ones(len(ways), bool), [x[None]]
    for _ in range(ROUNDS):
        some = each[going]
        if not len(some):
            break
        tried = bounded(hypothesis, here[some] + length[some, None] * toward[some])
        tried, does = _corrected(hypothesis, tried, evidence, scale, held[some])
        gone = np.abs(tried - here[some])[np.arange(len(some)), held[some]]
        beyond[some] = tried[np.arange(len(some)), held[some]]
        good, bad = some[does & (gone > 0)], some[~does | (gone == 0)]
        reached.append(tried[does])
        toward[good] = (tried - here[some])[does & (gone > 0)] / gone[does & (gone > 0), None]
        here[good], length[good], length[bad] = tried[does & (gone > 0)], length[good] * LONGER, length[bad] * SHORTER
        beyond[good] += length[good] * toward[good, held[good]]
        least = np.maximum(ENDS * np.abs(here - x)[each, held], first * SHORTER**2)
        going[bad] = (length[bad] > least[bad]) & (gone[~does | (gone == 0)] > 0)
    ends = here.copy()
    ends[each, held] = beyond
    return np.concatenate([*reached, bounded(hypothesis, ends)])


def _corrected(
    hypothesis: Hypothesis, tried: Array, evidence: Evidence, scale: Array, held: Array
) -> tuple[Array, Array]:
    """The points (points, numbers), the others fitted anew where they do not do; and whether they do, (points,)."""
    with np.errstate(all="ignore"):
        does = np.asarray((np.abs(residuals(hypothesis, evidence, tried)) <= scale).all(axis=1))
    again = np.flatnonzero(~does)
    if tried.shape[1] > 1 and len(again) and not one_by_one(hypothesis.rule):
        tried[again], _, found, _ = descend(hypothesis, evidence, tried[again], ANEW, held=held[again])
        with np.errstate(all="ignore"):
            does[again] = (np.abs(found) <= scale).all(axis=1)
    return tried, does


def _of_fixed(settled: Settled, evidence: Evidence, scale: Array) -> dict[str, Range]:
    """The same of numbers that are not fitted, where they alone are taken away: how large an epsilon is not felt."""
    rule, found = settled.rule, {}
    for name in FAMILIES[type(rule)].told:
        value = getattr(rule, name)
        points = np.append(DECADES, value)
        numbers = {"learning_rate": np.full(len(points), rule.learning_rate), name: points}
        with np.errstate(all="ignore"):
            does = np.asarray((np.abs(off(rule, numbers, evidence)) <= scale).all(axis=1))[:-1]
        below, above = np.flatnonzero(~does & (value > DECADES)), np.flatnonzero(~does & (value < DECADES))
        low = float(DECADES[below[-1]]) if len(below) else 0.0
        found[name] = (low, float(DECADES[above[0]] if len(above) else DECADES[-1]))
    return found
