"""How far each number of a rule may be off, for all that the steps tell."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from comparisons.identify.evidence import Evidence
from comparisons.identify.fitting import bounded, descend, off, residuals, with_slopes
from comparisons.identify.holding import hold
from comparisons.identify.hypotheses import FAMILIES, Hypothesis, one_by_one
from comparisons.identify.settling import Range, Settled, allowance, along, by_itself, does, ends
from comparisons.identify.signs import around, mistakes
from comparisons.rules import Lion
from comparisons.tasks.streams import Array

FIRST = 1e-6  # how far a number is taken at first, on its scale
ROUNDS, ANEW = 28, 4  # of steps along a valley; iterations in which the other numbers are fitted anew there
LONGER, SHORTER = 4.0, 0.25  # a step after one that did, and after one that did not
ENDS = 0.05  # where the next step is no longer than that part of the way gone, the end is known
BEYOND = (1.25, 1.5, 2.0, 3.0)  # of the way to an end
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
    reached = np.concatenate([reached, taken_on(settled, evidence, reached)])
    if isinstance(settled.rule, Lion) and not mistakes(hypothesis, evidence, x[None]).any():
        reached = np.concatenate([reached, around(hypothesis, evidence, x)])
    low, high = reached.min(axis=0), reached.max(axis=0)
    found = {name: ends(name, low[i], high[i]) for i, name in enumerate(hypothesis.free)}
    return found | _of_fixed(settled, evidence, scale)


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
        tried, within = _corrected(hypothesis, tried, evidence, scale, held[some])
        gone = np.abs(tried - here[some])[np.arange(len(some)), held[some]]
        beyond[some] = tried[np.arange(len(some)), held[some]]
        good, bad = some[within & (gone > 0)], some[~within | (gone == 0)]
        reached.append(tried[within])
        toward[good] = (tried - here[some])[within & (gone > 0)] / gone[within & (gone > 0), None]
        here[good], length[good], length[bad] = tried[within & (gone > 0)], length[good] * LONGER, length[bad] * SHORTER
        beyond[good] += length[good] * toward[good, held[good]]
        least = np.maximum(ENDS * np.abs(here - x)[each, held], first * SHORTER**2)
        going[bad] = (length[bad] > least[bad]) & (gone[~within | (gone == 0)] > 0)
    ends = here.copy()
    ends[each, held] = beyond
    return np.concatenate([*reached, bounded(hypothesis, ends)])


def taken_on(settled: Settled, evidence: Evidence, reached: Array) -> Array:
    """(points, numbers): what lies beyond the ends that were reached and holds with what rounding makes of it there."""
    hypothesis, x, found = settled.hypothesis, settled.x, [settled.x]
    most = max(1.0, hold(settled.rule, evidence).share)
    for i in range(len(x)):
        for end in (reached[reached[:, i].argmin()], reached[reached[:, i].argmax()]):
            for share in BEYOND:
                [point] = bounded(hypothesis, (x + share * (end - x))[None])
                if not by_itself(replace(settled, x=point), evidence, most):
                    break
                found.append(point)
    return np.array(found)


def _corrected(
    hypothesis: Hypothesis, tried: Array, evidence: Evidence, scale: Array, held: Array
) -> tuple[Array, Array]:
    """The points (points, numbers), the others fitted anew where they do not do; and whether they do, (points,)."""
    with np.errstate(all="ignore"):
        within = does(hypothesis.rule, residuals(hypothesis, evidence, tried), scale)
    again = np.flatnonzero(~within)
    if tried.shape[1] > 1 and len(again) and not one_by_one(hypothesis.rule):
        tried[again], _, found, _ = descend(hypothesis, evidence, tried[again], ANEW, held=held[again])
        within[again] = does(hypothesis.rule, found, scale)
    return tried, within


def _of_fixed(settled: Settled, evidence: Evidence, scale: Array) -> dict[str, Range]:
    """The same of numbers that are not fitted, where they alone are taken away: how large an epsilon is not felt."""
    rule, found = settled.rule, {}
    for name in FAMILIES[type(rule)].told:
        value = getattr(rule, name)
        points = np.append(DECADES, value)
        numbers = {"learning_rate": np.full(len(points), rule.learning_rate), name: points}
        with np.errstate(all="ignore"):
            within = does(rule, off(rule, numbers, evidence), scale)[:-1]
        below, above = np.flatnonzero(~within & (value > DECADES)), np.flatnonzero(~within & (value < DECADES))
        low = float(DECADES[below[-1]]) if len(below) else 0.0
        found[name] = (low, float(DECADES[above[0]] if len(above) else DECADES[-1]))
    return found
