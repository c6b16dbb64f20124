"""Which step of one curve is which of the other: by their numbers, or row by row where those count other things."""

from dataclasses import dataclass

import numpy as np

from comparisons.analysis.gaps import absolute_gap
from comparisons.diff.curves.bounds import float_bounds
from comparisons.diff.curves.file import Curve
from comparisons.traces.trace import Array

SAME_COUNT = 3  # rows or common steps at least, by which one way to count is told from another
NEARER = 2  # times: of two trainings that are not the same, one way is a little nearer than the other by chance
FEWEST = 10  # common steps at least, by which a count is told where some steps are missing: of few, chance is nearer


@dataclass(frozen=True, kw_only=True, eq=False)
class Aligned:
    """Common steps.

    Args:
        steps: (n,) A's. at: (n,) where they are in A, and in B. renumbered: B's steps in A's numbers, (m,).
        note: how they were aligned, if not by their numbers.
    """

    steps: Array
    at: tuple[Array, Array]
    renumbered: Array
    note: str = ""


def align(a: Curve, b: Curve) -> Aligned:
    """By their numbers, or by their rows where these are the same but for how steps are counted, and fit better.

    Then B's steps are A's and a number that is an interval at most (counted from 0 or from 1, at its begin or its
    end); or A's times a number (epochs and updates). Where one side lacks some steps, they are moved by such a number
    if they fit better then.
    """
    steps, at_a, at_b = np.intersect1d(a.steps, b.steps, assume_unique=True, return_indices=True)
    by_number = Aligned(steps=steps, at=(at_a, at_b), renumbered=b.steps)
    note = _other_count(a.steps, b.steps)
    if not note:
        return _moved(a, b, by_number) or by_number
    rows = np.arange(len(a.steps))
    by_row = Aligned(steps=a.steps, at=(rows, rows), renumbered=a.steps, note=note)
    nearer = len(steps) >= SAME_COUNT and NEARER * _apart(a, b, by_number) < _apart(a, b, by_row)
    return by_number if nearer else by_row


def _other_count(a: Array, b: Array) -> str:
    """How B's steps go with A's, row by row, if in a way that people count; "" if not."""
    if len(a) != len(b) or len(a) < SAME_COUNT:
        return ""
    strides = [int(side[1] - side[0]) for side in (a, b)]
    names, few, many = ("B's", "A's"), a, b
    if strides[0] > strides[1]:
        names, few, many = ("A's", "B's"), b, a
    times, rest = divmod(max(strides), min(strides))
    shift = int(many[0] - times * few[0])
    if rest or (many != times * few + shift).any() or abs(shift) > max(strides) or (times, shift) == (1, 0):
        return ""
    multiplied = f" {times} times {names[1]}" if times > 1 else f" {names[1]}"
    shifted = f" {'plus' if shift > 0 else 'minus'} {abs(shift)}" if shift else ""
    seems = ", as updates are to epochs" if times > 1 else ""
    return f"{names[0]} steps are{multiplied}{shifted}{seems}: the curves were compared row by row"


def _moved(a: Curve, b: Curve, by_number: Aligned) -> Aligned | None:
    """B's steps are A's and a number that is an interval at most, of which either side may lack some; None if not.

    They begin or end that much later. With it the first losses are the same but for rounding and digits, as those of
    one start are, and all nearer than without: of smooth curves, one that is a little faster is nearer by chance.
    """
    if a.steps[0] == b.steps[0]:
        return None
    interval = max(_interval(a.steps), _interval(b.steps))
    ends = {int(b.steps[i] - a.steps[i]) for i in (0, -1)}
    tried = [_moved_by(a, b, by) for by in sorted(ends) if 0 < abs(by) <= interval]
    enough = [one for one in tried if len(one.steps) >= FEWEST and _begin_alike(a, b, one)]
    best = min(enough, key=lambda one: _apart(a, b, one), default=None)
    if best is None or not len(by_number.steps):
        return best
    return best if NEARER * _apart(a, b, best) < _apart(a, b, by_number) else None


def _interval(steps: Array) -> int:
    """How far apart most of the steps are; 0 of a single one."""
    apart, counts = np.unique(np.diff(steps), return_counts=True)
    return int(apart[counts.argmax()]) if len(apart) else 0


def _moved_by(a: Curve, b: Curve, by: int) -> Aligned:
    renumbered = b.steps - by
    steps, at_a, at_b = np.intersect1d(a.steps, renumbered, assume_unique=True, return_indices=True)
    note = f"B's steps are A's {'plus' if by > 0 else 'minus'} {abs(by)}: the curves were compared after undoing that"
    return Aligned(steps=steps, at=(at_a, at_b), renumbered=renumbered, note=note)


def _begin_alike(a: Curve, b: Curve, aligned: Aligned) -> bool:
    """Whether the first losses are the same but for rounding and the digits that are not written."""
    at_a, at_b = (at[:1] for at in aligned.at)
    ours, theirs = a.losses[at_a], b.losses[at_b]
    bound = float_bounds(aligned.steps[:1], ours, theirs) + a.resolution[at_a] + b.resolution[at_b]
    return bool((absolute_gap(ours, theirs) <= bound).all())


def _apart(a: Curve, b: Curve, aligned: Aligned) -> float:
    return float(np.median(np.abs(a.losses[aligned.at[0]] / 2 - b.losses[aligned.at[1]] / 2)))  # no overflow
