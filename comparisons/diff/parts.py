"""Gradients that differ in a part: by a factor in the layers of one output, or in a row of an embedding."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.families import grouped, ratio_of
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.diff.seen import ROUND, Seen, explains, noise
from comparisons.names import listed
from comparisons.traces.trace import Array

RUNG = "raw gradient"
ELEMENTS = 8  # of a matrix, at least: of fewer, one may be a multiple of the other by chance
FAR = 0.1  # of a size: units at their kinks were seen to make 0.03 of gradients


def weighed(both: Both, step: int, seen: Sequence[Seen]) -> tuple[Cause, ...]:
    """Parts of the loss that have other weights: one for each, the tensors with the most of them first.

    Where a net has several outputs, whose losses are added, the layers of each have the gradients of its own alone, and
    so all of them times its weight; those below have sums, in which no factor is left. So there must be some of both
    kinds, and of the first kind some whose factor is another than that of the rest. Where all have one, the rest must
    be far from it: they have a term of the loss beside that.
    """
    batch, outputs = both.batch_size or 0, both.outputs
    counts = {batch * outputs: "the batch size times the number of outputs"}
    counts |= {batch: "the batch size", outputs: "the number of outputs"}
    if any(one.felt and not one.felt_by[0] for one in seen):  # no factor of A's 0 makes it B's
        return tuple(_weighed(step, [one.turned for one in seen], ("B", "A"), counts))
    return tuple(_weighed(step, seen, ("A", "B"), counts))


def _weighed(step: int, seen: Sequence[Seen], sides: tuple[str, str], counts: Mapping[int, str]) -> Iterator[Cause]:
    """The same, where none of the first side's gradients is 0."""
    felt = [one for one in seen if one.felt]
    factors = {one.name: factor for one in felt if (factor := _factor(one)) is not None}
    sure = [one.name for one in felt if one.name in factors and one.axes > 1 and one.a[0].size >= ELEMENTS]
    parts = list(grouped([factors[name] for name in sure], sure))
    rest = [one for one in felt if one.name not in factors]
    if not rest or not parts:
        return
    if len(parts) == 1 and not _far(rest, parts[0][0]):
        return
    for factor, _ in parts:
        names = tuple(name for name, own in factors.items() if abs(own - factor) <= ROUND * abs(factor))
        if abs(factor - 1) > ROUND:
            yield _weight(step, factor, names, sides, counts if len(parts) == 1 else None)


def _far(rest: Sequence[Seen], factor: float) -> bool:
    """Whether gradients are far from times a factor: noise, as of units at their kinks, takes them no farther."""
    return factor > 0 and noise([one.evened(factor) for one in rest]) > FAR


def _factor(one: Seen) -> float | None:
    """What a tensor's gradients are of A's, 1 where they are the same; None where that is no number."""
    if one.same:
        return 1.0
    ratio = ratio_of([one])
    return ratio if explains([one], [ratio * one.a], ratio) else None


def _weight(
    step: int, factor: float, names: tuple[str, ...], sides: tuple[str, str], alone: Mapping[int, str] | None
) -> Cause:
    """The cause of a factor that the second side's gradients are of the first one's.

    Args:
        alone: the counts that it may be, where no other factor is anywhere.
    """
    first, second = sides
    larger, other, times = (second, first, factor) if abs(factor) > 1 else (first, second, 1 / (factor or np.inf))
    here = f"{larger}'s are {times:.6g} times {other}'s" if factor else f"{second}'s are 0"
    give = f"Give the loss of that output the same weight in {first} and {second}."
    likely = (
        "below them by no one factor. Likely: of several losses that are added, the one of that output has another "
        "weight, or is divided by another number."
    )
    if alone is not None:
        likely = f"in the others by no one factor{_term(times, larger, other, alone)}"
        give = (
            f"Sum that term over the same, or divide it by the same, in {first} and {second}, and compare the others."
        )
    return Cause(
        rung=RUNG,
        step=step,
        cause="a part of the loss weighed",
        number=factor if first == "A" else 1 / factor if factor else None,
        says=f"They part at step {step}: in {listed(names)} {here}, and {likely}",
        remedy=give if factor else f"Add the loss of that output in {second}, too.",
        tensors=names,
        certain=False,
    )


def _term(times: float, larger: str, other: str, counts: Mapping[int, str]) -> str:
    """What a factor likely is that a part of the gradients has, and the rest has not."""
    count = next((what for number, what in counts.items() if number > 1 and abs(times / number - 1) <= ROUND), "")
    how = "has another weight, or is divided by another number"
    if count:
        how = f"is a sum in {larger} where {other} takes the mean ({times:.6g} is {count}), or has another weight"
    return (
        f". Likely: of several terms of the loss that are added, the one that these get {how}; the others get another "
        "term beside it (a KL, a regulariser, another output's), which has not that factor."
    )


def without_rows(both: Both, step: int, seen: Sequence[Seen]) -> Cause | None:
    """Rows of tables that have no gradient on one side, while all else is the same: the entry of the padding."""
    off = [one for one in seen if not one.same]
    tables = {pair.name: pair for pair in both.with_gradients if len(pair.shape) == 2 and pair.whole}
    if not off or not {one.name for one in off} <= tables.keys():
        return None
    rows = {one.name: _rows_off(one, tables[one.name].shape) for one in off}
    if any(len(of) in (0, tables[name].shape[0]) for name, of in rows.items()):
        return None
    for side in "BA":
        if not any(_trained(tables[name], side, both.same_data)[of].any() for name, of in rows.items()):
            return _untrained(step, side, rows, _later(tables, side, rows, both.same_data))
    return None


def _rows_off(one: Seen, shape: tuple[int, ...]) -> Array:
    """The rows of a table whose gradients differ by more than rounding."""
    gap = (one.b - one.a).reshape(len(one.a), *shape)
    return np.flatnonzero((np.linalg.norm(gap, axis=2) > one.bound[:, None]).any(axis=0))


def _trained(table: Pair, side: str, where: Array) -> Array:
    """(rows,) bool: whether a row has a gradient on side "A" or "B" at some of these steps, (n,) bool."""
    gradient = table.gradients["AB".index(side)][where]
    return np.asarray(gradient.reshape(len(gradient), *table.shape).any(axis=(0, 2)))


def _later(tables: Mapping[str, Pair], side: str, rows: Mapping[str, Array], where: Array) -> tuple[str, ...]:
    """The other tables in which that side never trains such a row, and the other does."""
    found, other = [], "BA"["AB".index(side)]
    for name, table in tables.items():
        alone = _trained(table, other, where) & ~_trained(table, side, where)
        if name not in rows and any(alone[of[of < len(alone)]].any() for of in rows.values()):
            found.append(name)
    return tuple(found)


def _untrained(step: int, side: str, rows: Mapping[str, Array], later: tuple[str, ...]) -> Cause:
    """The cause: the rows by their tables, and the tables in which they differ at later steps."""
    names, which = tuple(rows), [_which(of) for of in rows.values()]
    of_all = [f"{one} of {name}" for one, name in zip(which, names, strict=True)]
    where = f"{which[0]} of {listed(names)}" if len(set(which)) == 1 else listed(of_all)
    several = len(names) > 1 or len(rows[names[0]]) > 1
    differ, leaves = ("differ, which have", "them as they are") if several else ("differs, which has", "it as it is")
    also = f", also in {listed(later)}, where that shows later" if later else ""
    return Cause(
        rung=RUNG,
        step=step,
        cause="rows without gradient",
        number=float(rows[names[0]][0]),
        says=f"They part at step {step}: of all gradients only {where} {differ} none in "
        f"{side}: {side} leaves {leaves}, as an entry for padding is left{also}.",
        remedy="Treat the entry alike: torch's Embedding(padding_idx=...) gives it no gradient; Keras's has no such "
        "argument, so multiply what is looked up by a mask.",
        tensors=(*names, *later),
    )


def _which(rows: Array) -> str:
    return f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows, the first of them {rows[0]},"
