"""Which step of one curve is which of the other: by their numbers, or row by row where those count other things."""

from dataclasses import dataclass

import numpy as np

from comparisons.diff.curves.file import Curve
from comparisons.traces.trace import Array

SAME_COUNT = 3  # rows or common steps at least, by which one way to count is told from another
NEARER = 2  # times: of two trainings that are not the same, one way is a little nearer than the other by chance


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
    end); or A's times a number (epochs and updates).
    """
    steps, at_a, at_b = np.intersect1d(a.steps, b.steps, assume_unique=True, return_indices=True)
    by_number = Aligned(steps=steps, at=(at_a, at_b), renumbered=b.steps)
    note = _other_count(a.steps, b.steps)
    if not note:
        return by_number
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


def _apart(a: Curve, b: Curve, aligned: Aligned) -> float:
    return float(np.median(np.abs(a.losses[aligned.at[0]] / 2 - b.losses[aligned.at[1]] / 2)))  # no overflow
