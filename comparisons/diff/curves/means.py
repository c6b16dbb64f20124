"""Losses that are means of others: exponential ones, over a window, or since an epoch began, as loggers take them."""

from collections.abc import Callable, Iterator

import numpy as np

from comparisons.traces.trace import Array

LONGEST = 50  # steps of a window
TRIED = 50  # periods
MOST = 1 - 1e-6  # kept: of what keeps more, float64 does not tell the weights
FITTED, STEP = 10, 1e-4  # steps to the number that leaves least over, and the share of the rest that its slope is over

Mean = tuple[float, Callable[[str], str], Array, Array, *tuple[Array, ...]]


def means(a: Array, b: Array, open_a: Array, open_b: Array) -> Iterator[Mean]:
    """What mean of a (n,) b may be: its number, words of a, what it leaves over, what is open there, and the gaps."""
    yield from _exponential(a, b, open_a, open_b)
    yield from _corrected(a, b, open_a, open_b)
    for window in range(2, min(LONGEST, len(a) // 2) + 1):
        at = np.arange(window - 1, len(a))
        left, opened = b[at] - means_of(a, at - window + 1, at), open_b[at] + means_of(open_a, at - window + 1, at)
        yield float(window), _over(window), left, opened, (b - a)[at]
    at = np.arange(len(a))
    for period in _periods(a, b, open_a + open_b):
        begun = at - at % period
        left, opened = b - means_of(a, begun, at), open_b + means_of(open_a, begun, at)
        yield float(period), _since(period, len(a)), left, opened, b - a


def _exponential(a: Array, b: Array, open_a: Array, open_b: Array) -> Iterator[Mean]:
    before, error, moved = b[:-1] - a[1:], b[1:] - a[1:], np.diff(b)
    square = float(before @ before)
    keep = float(before @ error) / square if square else 0.0
    if 0 < keep < 1:
        opened = open_b[1:] + keep * open_b[:-1] + (1 - keep) * open_a[1:]
        if min(abs(b[0] - a[0]), abs(b[0] - (1 - keep) * a[0])) > open_a[0] + open_b[0]:
            # A mean begins at the first loss, or at 0. Where it does not, rows may be cut off; but of exponentials each
            # is such a mean of any other: only noise tells.
            opened = np.zeros_like(opened)
        # Beside b's own moves too: a curve that hardly moves is near any mean of itself and others.
        yield keep, _kept(keep), error - keep * before, opened, error, moved


def _corrected(a: Array, b: Array, open_a: Array, open_b: Array) -> Iterator[Mean]:
    """As TensorBoard smooths: an exponential mean that begins at 0, over the sum of its weights.

    Only noise tells it: an exponential is such a mean of the one that falls twice as fast.
    """
    before, error, moved = b[:-1] - a[1:], b[1:] - a[1:], np.diff(b)
    if abs(b[0] - a[0]) > open_a[0] + open_b[0]:
        return
    at, square = np.arange(2, len(a) + 1), float(before @ before)
    keep = float(before @ error) / square if square else 0.0  # of steps without end, which the first ones miss
    for _ in range(FITTED):
        if not 0 < keep < MOST:
            return
        slope = before * (_old(keep + STEP * (1 - keep), at) - _old(keep, at)) / (STEP * (1 - keep))
        keep += float(slope @ (error - _old(keep, at) * before)) / (float(slope @ slope) or 1.0)
    if 0 < keep < MOST:
        yield keep, _debiased(keep), error - _old(keep, at) * before, np.zeros_like(error), error, moved


def _old(keep: float, at: Array) -> Array:
    """The share of the mean before in the mean of the first `at` (n,), if each keeps so much of the weights before."""
    return np.asarray((keep - keep**at) / (1 - keep**at))


def means_of(a: Array, first: Array, last: Array) -> Array:
    """Of a from each first to each last, that one too."""
    sums = np.concatenate([[0.0], np.cumsum(a)])
    return np.asarray((sums[last + 1] - sums[first]) / (last - first + 1))


def _periods(a: Array, b: Array, opened: Array) -> Iterator[int]:
    """In how many steps a mean may begin anew: b is a's mean since the start up to there, and a itself there.

    A mean that begins anew leaves that since the start at once, unless the loss there happens to be that mean: then a
    later step is the first to show it, and the steps before, where b is a, are tried.
    """
    at = np.arange(len(a))
    left = np.abs(b - means_of(a, np.zeros_like(at), at)) > opened
    if not left.any():
        yield len(a)
        return
    until = int(left.argmax()) + 1
    begins = np.flatnonzero(np.abs(b - a)[:until] <= opened[:until])
    yield from (int(period) for period in begins[::-1][:TRIED] if period >= 2)


def _kept(keep: float) -> Callable[[str], str]:
    return lambda other: f"{other}'s smoothed, {keep:.4g} of the mean before and {1 - keep:.4g} of the loss"


def _debiased(keep: float) -> Callable[[str], str]:
    return lambda other: f"{_kept(keep)(other)}, corrected for its start at 0, as TensorBoard smooths"


def _over(window: int) -> Callable[[str], str]:
    return lambda other: f"means of the last {window} of {other}'s"


def _since(period: int, steps: int) -> Callable[[str], str]:
    if period >= steps:
        return lambda other: f"running means of {other}'s, as Keras logs those of an epoch"
    return lambda other: f"running means of {other}'s, begun anew every {period} steps, as Keras logs them"
