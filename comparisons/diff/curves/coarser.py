"""A curve whose losses are each the mean of some of the other's: of those since it was last logged, or of an epoch."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.curves.means import means_of
from comparisons.diff.curves.shapes import Shape, held
from comparisons.traces.trace import Array

Curve = tuple[Array, Array, Array]  # steps, losses, how far rounding and digits leave each open
Windows = tuple[str, Array, Array, Array]  # words, where they are in the coarse curve, their first and last in the fine


def coarser(a: Curve, b: Curve) -> Iterator[Shape]:
    """What explains that one curve has fewer rows: each loss of it is a mean of the other's."""
    for name, other, fine, coarse in (("B", "A", a, b), ("A", "B", b, a)):
        for words, at, first, last in _windows(fine[0], coarse[0]):
            many = int(last[0] - first[0]) + 1
            left = coarse[1][at] - means_of(fine[1], first, last)
            opened = coarse[2][at] + means_of(fine[2], first, last)
            says = f"each of {name}'s losses is the mean of {many} of {other}'s, {words}"
            yield from held("smoothing", float(many), says, left, opened, fine[1], coarse[1][at] - fine[1][last])


def _windows(fine: Array, coarse: Array) -> Iterator[Windows]:
    """Steps that a row may be the mean of: all since the row before, its own or not; or as many, as they stand."""
    yield from _by_step(fine, coarse)
    many, rest = divmod(len(fine), len(coarse))
    if many > 1 and not rest:
        rows = np.arange(len(coarse))
        yield "in their order", rows, rows * many, rows * many + many - 1


def _by_step(fine: Array, coarse: Array) -> Iterator[Windows]:
    strides = [np.unique(np.diff(steps)) for steps in (fine, coarse)]
    if any(len(side) != 1 for side in strides):
        return
    stride, apart = (int(side[0]) for side in strides)
    many, rest = divmod(apart, stride)
    if many < 2 or rest:
        return
    for until, words in ((0, "up to its step"), (stride, "before its step")):
        last, off = np.divmod(coarse - until - fine[0], stride)
        at = np.flatnonzero((off == 0) & (last - many + 1 >= 0) & (last < len(fine)))
        if len(at):
            yield words, at, last[at] - many + 1, last[at]
