"""Gradients that differ in a part: by a factor in the layers of one output, or in a row of an embedding."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.families import grouped, ratio_of
from comparisons.diff.record import Cause
from comparisons.diff.seen import ROUND, Seen, explains
from comparisons.names import listed

RUNG = "raw gradient"
ELEMENTS = 8  # of a matrix, at least: of fewer, one may be a multiple of the other by chance


def weighed(step: int, seen: Sequence[Seen]) -> tuple[Cause, ...]:
    """Parts of the loss that have other weights: one for each, the tensors with the most of them first.

    Where a net has several outputs, whose losses are added, the layers of each have the gradients of its own alone, and
    so all of them times its weight; those below have sums, in which no factor is left. So there must be some of both
    kinds, and of the first kind some whose factor is another than that of the rest.
    """
    if any(one.felt and not one.felt_by[0] for one in seen):  # no factor of A's 0 makes it B's
        return tuple(_weighed(step, [one.turned for one in seen], ("B", "A")))
    return tuple(_weighed(step, seen, ("A", "B")))


def _weighed(step: int, seen: Sequence[Seen], sides: tuple[str, str]) -> Iterator[Cause]:
    """The same, where none of the first side's gradients is 0."""
    felt = [one for one in seen if one.felt]
    factors = {one.name: factor for one in felt if (factor := _factor(one)) is not None}
    sure = [one.name for one in felt if one.name in factors and one.axes > 1 and one.a[0].size >= ELEMENTS]
    parts = list(grouped([factors[name] for name in sure], sure))
    if len(factors) == len(felt) or len(parts) < 2:
        return
    for factor, _ in parts:
        names = tuple(name for name, own in factors.items() if abs(own - factor) <= ROUND * abs(factor))
        if abs(factor - 1) > ROUND:
            yield _weight(step, factor, names, sides)


def _factor(one: Seen) -> float | None:
    """What a tensor's gradients are of A's, 1 where they are the same; None where that is no number."""
    if one.same:
        return 1.0
    ratio = ratio_of([one])
    return ratio if explains([one], [ratio * one.a], ratio) else None


def _weight(step: int, factor: float, names: tuple[str, ...], sides: tuple[str, str]) -> Cause:
    """The cause of a factor that the second side's gradients are of the first one's."""
    first, second = sides
    larger, other, times = (second, first, factor) if abs(factor) > 1 else (first, second, 1 / (factor or np.inf))
    here = f"{larger}'s are {times:.6g} times {other}'s" if factor else f"{second}'s are 0"
    give = f"Give the loss of that output the same weight in {first} and {second}."
    return Cause(
        rung=RUNG,
        step=step,
        cause="a part of the loss weighed",
        number=factor if first == "A" else 1 / factor if factor else None,
        says=f"They part at step {step}: in {listed(names)} {here}, and below them by no one factor. Likely: of "
        "several losses that are added, the one of that output has another weight, or is divided by another number.",
        remedy=give if factor else f"Add the loss of that output in {second}, too.",
        tensors=names,
        certain=False,
    )


def without_rows(both: Both, step: int, seen: Sequence[Seen]) -> Cause | None:
    """Rows of a table that have no gradient on one side, while all else is the same: the entry of the padding."""
    off = [one for one in seen if not one.same]
    pairs = {pair.name: pair for pair in both.pairs}
    if len(off) != 1 or off[0].axes != 2 or not pairs[off[0].name].whole:
        return None
    [table] = off
    a, b = (values.reshape(len(values), *pairs[table.name].shape) for values in (table.a, table.b))
    rows = np.flatnonzero((np.linalg.norm(b - a, axis=2) > table.bound[:, None]).any(axis=0))
    side = next((side for side, own in (("B", b), ("A", a)) if not own[:, rows].any()), None)
    if side is None or not 0 < len(rows) < a.shape[1]:
        return None
    which = f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows, the first of them {rows[0]},"
    return Cause(
        rung=RUNG,
        step=step,
        cause="rows without gradient",
        number=float(rows[0]),
        says=f"They part at step {step}: of all gradients only {which} of {table.name} differs, which has none in "
        f"{side}: {side} leaves it as it is, as an entry for padding is left.",
        remedy="Treat the entry alike: torch's Embedding(padding_idx=...) gives it no gradient; Keras's has no such "
        "argument, so multiply what is looked up by a mask.",
        tensors=(table.name,),
    )
