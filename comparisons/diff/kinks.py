"""Where rounding decides: a unit at the kink of a ReLU, or of a maximum, is on at one side and off at the other.

So is one that is nearly saturated, whose slope falls by e for each 1 that it is farther: of numbers of some thousands
rounding decides how far it is.

The function is the same there, but for rounding; the gradients of all layers below are not. In a small net that is seen
now and then. In a large one it is in each step: where the units are off by a share d of their size, about so many of
them are on the other side of their kink, which is a share sqrt(d) of a layer's gradient.

A row of a table that gets no gradient at any step of one side is no unit, however little of the whole it is: padding.
"""

from collections.abc import Sequence

import numpy as np

from comparisons.diff.pairing import Pair
from comparisons.traces.trace import Array

STEPS = 0.5  # of those with the same parameters, at most: whatever else is felt is felt at more, the first among them
MOST = 2.0**-6  # of the gradient: what a unit or two of one sample make of a large batch's
OF_A_UNIT = 4.0  # times the root of 1 / (samples x units), of the gradient: half the units are on, some 3 times as much
ITS_OWN = 0.1  # times the share of all gradients that differs: as much of the bias of the unit's layer, at least
ALONE = 0.8  # of the square of a difference: in the bias of the layer, it is in one unit
MOSTLY = 0.5  # of the square of a gradient: more in one unit is felt of hardly another
PADDED = 0.5  # of the square of a difference: more of it in rows that one side never trains is no unit's
UNITS = 8  # of a layer, at least, for one of them to be told by a single step
ELEMENTS = 16  # of a tensor, at least: of fewer, two numbers that are fitted explain much by chance
OF_A_LAYER = 2.0  # times sqrt(d); sqrt(0.6 d) is what unit variance makes of it, and a layer may be less even
DEEP = 32  # layers: a unit of few is less off than the bound, about by so much
JUMP = 10  # times what is left over in the last layer: of a function that is another, all layers have as much
MEANT = 1e-3  # from 1: a factor of one step that is nearer is rounding's, of a sample or a unit that alone is felt
SPREAD = 1.5  # times the most that is left over in a tensor: two numbers that are fitted take some of it
VECTOR = 4  # times as much in a vector, which is a sum over all samples and places of terms that cancel


def at_one_kink(pairs: Sequence[Pair], together: Array, off: Sequence[Array], samples: int | None) -> Array:
    """(n,) bool: the steps at which the gradients differ as they do at a kink, though the parameters hardly do.

    Up to the layer of the unit the gradients are the same, as the function is; there, one unit's are not; below, none
    are. It comes and goes with the batch; a first step, which may be the only one, tells it by a layer of many units
    above which some weights have the same gradient. Where nearly all units are saturated, and the layer's gradient is
    hardly more than that unit's, the difference may be all of it, and at each step. No step is among them at which
    rows that one side never trains differ, nor one at which a unit has a gradient on one side alone and is no such.

    Args:
        pairs: with gradients. together: (n,) bool, the steps with the same parameters.
        off: (n,) bool of each pair, where its gradients differ by more than rounding. samples: of a batch, if known.
    """
    anywhere = np.any(off, axis=0)
    if not anywhere.any() or not together.any():
        return np.zeros_like(anywhere)
    gaps = [pair.gradients[1] - pair.gradients[0] for pair in pairs]
    size = np.maximum(*(_norm(side) for side in zip(*(pair.gradients for pair in pairs), strict=True)))
    share = np.divide(_norm(gaps), size, out=np.zeros_like(size), where=size > 0)
    above = np.any([~of for pair, of in zip(pairs, off, strict=True) if len(pair.shape) > 1], axis=0)
    now_and_then = together & (anywhere[together][1:].sum() <= STEPS * max(together.sum() - 1, 1))
    first = np.arange(len(together)) == together.argmax()
    found, alone = np.zeros_like(anywhere), np.zeros_like(anywhere)
    for pair, gap in zip(pairs, gaps, strict=True):
        if len(pair.shape) != 1 or pair.shape[0] == 1:  # of one number any difference is all of it
            continue
        felt = _norm([gap]) > ITS_OWN * share * np.maximum(*(_norm([side]) for side in pair.gradients))
        possible = anywhere & felt & (_most_of(gap) > ALONE)
        in_one = np.array([here and not _silent(pair, t) for t, here in enumerate(possible & above)])
        width = gap.shape[1]
        told = in_one & (width >= UNITS)
        alone |= told & (np.maximum(*map(_most_of, pair.gradients)) > MOSTLY)
        found |= in_one & ~first & (share <= MOST)
        found |= told & (share <= max(MOST, OF_A_UNIT / np.sqrt((samples or np.inf) * width)))
    in_rows = [of & _in_rows(pair, gap) for pair, of, gap in zip(pairs, off, gaps, strict=True)]
    return np.asarray(anywhere & ~np.any(in_rows, axis=0) & (alone | (found & now_and_then)))


def _silent(pair: Pair, t: int) -> bool:
    """Whether what differs most of a vector at a step has no gradient on one side, and is no unit at its kink.

    A unit whose gradient is all of a single sample is off at other steps, on both sides: one that never is has more.
    Nor is it at its kink where the other side has it at later steps, too, and this one at none.
    """
    at = int(np.square(np.subtract(*pair.gradients))[t].argmax())
    a, b = (of[:, at] != 0 for of in pair.gradients)
    later = sorted((int(a[t:].sum()), int(b[t:].sum())))
    never, once = int((~a & ~b).sum()), int((a != b).sum())
    return bool(a[t] != b[t]) and (later[0] == 0 < later[1] - 1 or never < once < len(a) / 2)


def _in_rows(pair: Pair, gap: Array) -> Array:
    """(n,) bool: whether most of a difference (n, k) is in rows that one side never trains."""
    return np.asarray(np.square(gap * ~_by_both(pair)).sum(axis=1) > PADDED * np.square(gap).sum(axis=1))


def _by_both(pair: Pair) -> Array:
    """(k,) bool: the elements that are no table's, or get a gradient on both sides at some step."""
    touched = [of.any(axis=0) for of in pair.gradients]
    return np.asarray(touched[0] & touched[1] | (len(pair.shape) != 2))


def _most_of(vector: Array) -> Array:
    """(n,): the largest square of each row (n, k), as a share of all."""
    square = np.square(vector)
    whole = square.sum(axis=1)
    return np.asarray(np.divide(square.max(axis=1), whole, out=np.zeros_like(whole), where=whole > 0))


def of_many_kinks(pairs: Sequence[Pair], relative: float, bounds: Sequence[Array]) -> list[Array]:
    """Of each pair (n,): the share of its gradient that units at their kinks may make; 0 where rounding is enough.

    Of each tensor what is left of B's gradient when A's and the parameters have explained what they can: so a factor
    or a decay beside it does not count. The last layer, which no kink is above, tells whether the function is the same,
    and how far the units are off, if a mean over places does not hide it: then it is what rounding may make of them.

    Args:
        pairs: with gradients. relative: what rounding may make of a unit, at most. bounds: (n,) each, of each gradient.
    """
    left = [_left_over(pair) for pair in pairs]
    told = [i for i, pair in enumerate(pairs) if len(pair.shape) > 1 and pair.a.before.shape[1] >= ELEMENTS]
    if not told:
        return [np.zeros_like(bound) for bound in bounds]
    lefts, allowed = (np.stack([of[i] for i in told]) for of in (left, bounds))
    sizes = np.stack([np.linalg.norm(pairs[i].gradients[1], axis=1) for i in told])
    shares = np.divide(lefts, sizes, out=np.ones_like(lefts), where=sizes > 0)
    last = (shares.argmin(axis=0), np.arange(shares.shape[1]))
    whole = np.sqrt(np.square(lefts).sum(axis=0) / np.maximum(np.square(sizes).sum(axis=0), np.finfo(float).tiny))
    units = np.maximum(shares[last], relative * min(1.0, len(told) / DEEP))
    jump = (whole >= JUMP * shares[last]) & (whole <= OF_A_LAYER * np.sqrt(len(told) * units))
    possible = jump & (lefts[last] <= allowed[last])
    share = np.where(possible, SPREAD * np.where(SPREAD * lefts > allowed, shares, 0).max(axis=0), 0.0)
    return [
        np.where(SPREAD * of > bound, share * (VECTOR if len(pair.shape) == 1 else 1), 0.0)
        for pair, of, bound in zip(pairs, left, bounds, strict=True)
    ]


def _left_over(pair: Pair) -> Array:
    """(n,): the norm of B's gradients less what A's, and the parameters, are of them by least squares.

    Without rows that one side never trains.
    """
    a, b, theta = (values * _by_both(pair) for values in (*pair.gradients, pair.a.before))
    theta = theta - _along(theta, a)
    b = np.where(_is_near(a, b)[:, None], b - a, b - _along(b, a))
    return np.asarray(np.linalg.norm(b - _along(b, theta), axis=1))


def _is_near(a: Array, b: Array) -> Array:
    """(n,) bool: whether `b` (n, k) is `a` by a factor that nobody means, if by any."""
    size = np.square(a).sum(axis=1)
    return np.asarray(np.abs((a * b).sum(axis=1) - size) <= MEANT * size)


def _along(values: Array, of: Array) -> Array:
    """(n, k): the part of `values` (n, k) that lies along `of`, at each step."""
    size = np.square(of).sum(axis=1)
    share = np.divide((values * of).sum(axis=1), size, out=np.zeros(len(of)), where=size > 0)
    return np.asarray(share[:, None] * of)


def _norm(values: Sequence[Array]) -> Array:
    """(n,): the norm of several arrays (n, k) together at each step."""
    return np.asarray(np.sqrt(sum(np.square(one).sum(axis=1) for one in values)))
