"""Weights that one side ties: it trains one tensor where the other trains two, of one shape."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.pairing import Pair, pair
from comparisons.diff.seen import SLACK
from comparisons.traces.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Tied:
    """A tensor that one side trains alone.

    Args:
        side: of both tensors, 0 for A. name: its own. with_: A's name of the pair whose tensor on the other side stands
            for both.
    """

    side: int
    name: str
    with_: str


def tied(both: Both) -> tuple[Tied, ...]:
    """Those whose gradient and that of a second tensor make the one of the other side's, at the first step.

    Of a large tensor that the other side holds in another order the same elements are not known of both: it is none.
    """
    return tuple(
        Tied(side=side, name=name, with_=one.name)
        for side, names in enumerate(both.paired.alone)
        for name in names
        for one in both.with_gradients
        if both.together[0] and _sums_up(both, side, name, one)
    )


def alike(both: Both, side: int, name: str) -> Iterator[Pair]:
    """The pairs of matrices that have its shape, or that with its axes turned: it may be one of those, tied."""
    shape = both.traces[side].tensors[name].shape
    of_other = both.traces[1 - side].tensors
    for one in both.pairs:
        if len(shape) == 2 and sorted(of_other[(one.other, one.name)[side]].shape) == sorted(shape):
            yield one


def _sums_up(both: Both, side: int, name: str, one: Pair) -> bool:
    """Whether the other side's gradient of a pair is that of this side's and of the tensor `name` together."""
    if one not in alike(both, side, name):
        return False
    mine, theirs = both.traces[side], both.traces[1 - side]
    of_theirs = (one.other, one.name)[side]
    alone = Trace(steps=mine.steps, tensors={name: mine.tensors[name]})
    whole = Trace(steps=theirs.steps, tensors={of_theirs: theirs.tensors[of_theirs]})
    [second] = pair(alone, whole, (both.at[side], both.at[1 - side])).pairs or [None]
    if second is None or second.a.gradient is None or second.b.gradient is None:
        return False
    own, other = (one.gradients[side][0], one.gradients[1 - side][0])
    of_second, again = second.a.gradient[0], second.b.gradient[0]
    if not np.array_equal(again, other):
        if not (one.whole and second.whole and len(one.shape) == 2):
            return False
        of_second, again = (values.reshape(second.shape).T.ravel() for values in (of_second, again))
    bound = SLACK * both.gradient_bound(one)[0]
    return np.array_equal(again, other) and bool(
        np.linalg.norm(other - own - of_second) <= bound < np.linalg.norm(of_second)
    )
