"""The data: the same samples, in the same batches, in the same order."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.traces.trace import Array

DATA = "data"


def data_causes(both: Both) -> tuple[Cause, ...] | None:
    """In what the batches differ, the plainest reason first; None where too little was recorded to tell."""
    batches = both.series("batch")
    if both.samples is not None:
        return tuple(_of_samples(both, *both.samples))
    if batches is None:
        return None
    return tuple(_of_batches(both, *batches))


def _cause(both: Both, at: int, cause: str, number: float | None, says: str, remedy: str) -> Cause:
    step = int(both.steps[at])
    return Cause(
        rung=DATA,
        step=step,
        cause=cause,
        number=number,
        says=f"They part at step {step}, in the data: {says}",
        remedy=remedy,
    )


def _of_samples(both: Both, a: tuple[Array, ...], b: tuple[Array, ...]) -> Iterator[Cause]:
    differs = [not np.array_equal(x, y) for x, y in zip(a, b, strict=True)]
    if not any(differs):
        return
    at = differs.index(True)
    x, y = a[at], b[at]
    if len(x) != len(y):
        yield _sizes(both, at, a, b)
        return
    if np.array_equal(np.sort(x), np.sort(y)):
        says = "the batches have the same samples in another order, which changes rounding only."
        yield _cause(both, at, "order within the batch", None, says, "It matters where the net does: to dropout masks.")
        return
    if (shift := _shifted(a, b)) is not None:
        says = f"B's batch {'of step t is A' if shift > 0 else 'of step t + ' + str(-shift) + ' is A'}'s of step t"
        says += f" + {shift}." if shift > 0 else "."
        yield _cause(both, at, "steps offset", float(shift), says, "One side draws batches before it trains.")
        return
    common = _shared(a, b)
    if common > 0.5:
        says = f"{100 * common:.3g} % of all recorded samples are the same, in other batches: another shuffle."
        yield _cause(both, at, "shuffled otherwise", common, says, "Feed both the same order, or shuffle neither.")
    elif common:
        says = f"{100 * common:.3g} % of all recorded samples are the same: another shuffle, or other data."
        yield _cause(
            both, at, "shuffled otherwise", common, says, "Record a whole epoch, and feed both the same order."
        )
    else:
        says = "no sample is the same in any step: they are scaled, normalised, cast or labelled otherwise, or others."
        yield _cause(both, at, "no sample in common", 0.0, says, "Compare the first batch, as both nets get it.")


def _shared(a: tuple[Array, ...], b: tuple[Array, ...]) -> float:
    one, other = np.concatenate(a), np.concatenate(b)
    return float(np.isin(one, other).mean())


def _sizes(both: Both, at: int, a: tuple[Array, ...], b: tuple[Array, ...]) -> Cause:
    sizes = [len(a[at]), len(b[at])]
    usual = [len(a[0]), len(b[0])]
    if usual[0] != usual[1]:
        says = f"A's batches have {usual[0]} samples and B's {usual[1]}."
        remedy = "Give both the same batch size."
        return _cause(both, at, "batch size", usual[1] / usual[0], says, remedy)
    short, side = (min(sizes), "AB"[int(sizes[1] < sizes[0])])
    if short < usual[0]:
        says = f"{side} trains on a short batch of {short} samples, and {'BA'['AB'.index(side)]} drops it."
        return _cause(
            both, at, "last short batch", float(short), says, "Drop it on both sides (drop_last, drop_remainder)."
        )
    return _cause(both, at, "batch size", sizes[1] / sizes[0], f"A's batch has {sizes[0]} samples, B's {sizes[1]}.", "")


def _shifted(a: tuple[Array, ...], b: tuple[Array, ...]) -> int | None:
    """By how many steps A's batches are B's; None if they are not."""
    for shift in range(1, len(a)):
        if all(np.array_equal(x, y) for x, y in zip(a[shift:], b[:-shift], strict=True)):
            return shift
        if all(np.array_equal(x, y) for x, y in zip(a[:-shift], b[shift:], strict=True)):
            return -shift
    return None


def _of_batches(both: Both, a: Array, b: Array) -> Iterator[Cause]:
    """From hashes of whole batches alone."""
    differs = a != b
    if not differs.any():
        return
    at = int(differs.argmax())
    shift = _shifted(tuple(a[:, None]), tuple(b[:, None]))
    if shift is not None:
        says = f"B's batch of step t is A's of step t {'+' if shift > 0 else '-'} {abs(shift)}."
        yield _cause(both, at, "steps offset", float(shift), says, "One side draws batches before it trains.")
        return
    common = float(np.isin(a, b).mean())
    if common:
        says = f"{100 * common:.3g} % of A's batches are among B's, at other steps."
        yield _cause(both, at, "shuffled otherwise", common, says, "Feed both the same order, or shuffle neither.")
        return
    says = "no batch is the same: other samples, another order, or numbers that are scaled or cast otherwise."
    yield _cause(both, at, "no sample in common", 0.0, says, "Compare the first batch, as both nets get it.")
