"""The data: the same samples, in the same batches, in the same order."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from comparisons.diff.altered import REMEDY, altered, of_another_set
from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.traces.hashing import of_one_value
from comparisons.traces.trace import Array

DATA = "data"
SAME = 1e-4  # relative: means and deviations of batches are taken in other orders, and of float32
ROUNDED = "inputs rounded"
# Of the distance between a side's own batches: bfloat16 moves the numbers of a batch by 1e-3 of their deviation, and
# their mean by as much of what one batch's mean lies from another's.
LITTLE = 0.05


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
        yield from _of_labels(both)
        return
    at = differs.index(True)
    x, y = a[at], b[at]
    if len(x) != len(y):
        yield _sizes(both, at, a, b)
    elif np.array_equal(np.sort(x), np.sort(y)):
        says = "the batches have the same samples in another order."
        yield _cause(both, at, "order within the batch", None, says, "It matters where the net does: to dropout masks.")
    elif (side := _repeated(a, b)) is not None:
        yield _one_batch(both, at, side)
    elif not at and (shift := _shifted(a, b)) is not None:
        yield _offset(both, at, shift)
    elif (lengths := _epochs(a, b, at)) is not None:
        says = f"A begins anew after {lengths[0]} batches and B after {lengths[1]}, which are the same until then."
        remedy = "Train both on the same samples: see validation_split, drop_last, steps_per_epoch."
        yield _cause(both, at, "length of the epoch", lengths[1] / lengths[0], says, remedy)
    elif (skipped := _skipped(a, b)) is not None:
        side, count = skipped
        says = f"{side} trains on the other's batches, in their order, but leaves {count} of them out."
        remedy = f"See why {side} skips updates: a loss scale that overflows does so (GradScaler), or a guard."
        yield _cause(both, at, "steps skipped", float(count), says, remedy)
    elif (changed := altered(a[at:], b[at:])) is not None:
        yield replace(_cause(both, at, "samples changed", *changed, REMEDY), certain=False)
    elif (sets := of_another_set(a, b)) is not None:
        remedy = "Train both on the same samples (validation_split, the seed of a split), and in the same order."
        yield replace(_cause(both, at, "other samples", *sets, remedy), certain=False)
    elif common := _shared(a, b):
        says = f"{100 * common:.3g} % of all recorded samples are on both sides, in other batches: another shuffle"
        says += "." if common > 0.5 else ", or other data."
        yield _cause(both, at, "shuffled otherwise", common, says, "Feed both the same order, or shuffle neither.")
    else:
        yield from _other_numbers(both, at)


def single_values(both: Both) -> bool:
    """Whether each sample is known to be a single value; of several, a hash does not see the order."""
    return both.samples is not None and all(bool(of_one_value(batch).all()) for side in both.samples for batch in side)


def _of_labels(both: Both) -> Iterator[Cause]:
    """The samples are the same, one by one."""
    if both.labels is None:
        return
    differs = [not np.array_equal(x, y) for x, y in zip(*both.labels, strict=True)]
    if any(differs):
        at = differs.index(True)
        x, y = both.labels[0][at], both.labels[1][at]
        share = float(np.mean(x != y)) if len(x) == len(y) else 1.0
        if np.array_equal(np.sort(x), np.sort(y)):
            says = f"the same samples and the same labels, but {100 * share:.3g} % of the samples have another's."
            yield _cause(both, at, "targets in another order", share, says, "Shuffle samples and labels together.")
        else:
            says = "the samples are the same and their labels are not: other labels, or written otherwise."
            yield _cause(both, at, "other labels", share, says, "Compare the labels of the first batch.")


def _other_numbers(both: Both, at: int) -> Iterator[Cause]:
    """No sample is the same: scaled, shifted, or others, as the mean and the deviation of the batches say."""
    inputs = both.series("inputs")
    if inputs is not None and _alike(*inputs):
        off = float(np.abs(inputs[1] - inputs[0]).max() / np.abs(inputs[0]).max())
        says = (
            f"no sample is the same, but the mean and the standard deviation of each batch are, to {off:.1g}. Likely: "
            "one side's inputs are rounded to fewer bits, or have noise added."
        )
        remedy = "Feed both the same numbers; of a cast to bfloat16 or float16, record the batch before it."
        yield replace(_cause(both, at, ROUNDED, off, says, remedy), certain=False)
        return
    if inputs is not None and np.isfinite(inputs).all() and inputs[0].all():
        ratios = inputs[1] / inputs[0]
        c = float(np.median(ratios))
        if (np.abs(ratios - c) <= SAME * abs(c)).all():
            says = f"no sample is the same, and all batches of B have {c:.6g} times A's mean and standard deviation."
            yield _cause(both, at, "inputs scaled", c, says, f"Scale both alike: divide B's inputs by {c:.6g}.")
            return
        deviations = ratios[:, 1]
        slope = float(np.median(deviations))
        shift = inputs[1][:, 0] - slope * inputs[0][:, 0]
        spread = SAME * float(np.abs(inputs[1]).max())
        if (np.abs(deviations - slope) <= SAME * slope).all() and np.ptp(shift) <= spread:
            c = float(np.median(shift))
            says = f"no sample is the same, and B's batches are {slope:.6g} times A's {c:+.6g} in mean and deviation."
            yield _cause(both, at, "inputs normalised", slope, says, "Normalise the inputs alike.")
            return
    says = "no sample is the same in any step: they are scaled, normalised or cast otherwise, or others"
    if inputs is not None and np.isfinite(inputs).all():
        a, b = map(_in_all, inputs)
        says += "; in all, A's numbers have a mean of {:.3g} and a standard deviation of {:.3g}".format(*a)
        says += ", and B's {:.3g} and {:.3g}".format(*b)
    yield _cause(both, at, "no sample in common", 0.0, f"{says}.", "Compare the first batch, as both nets get it.")


def _in_all(batches: Array) -> tuple[float, float]:
    """The mean and the standard deviation of all numbers, from those of batches (n, 2) of one size."""
    means, deviations = batches.T
    return float(means.mean()), float(np.sqrt(np.square(deviations).mean() + means.var()))


def _alike(a: Array, b: Array) -> bool:
    """Whether batches, of (n, 2) means and deviations, are the same but for little, which others are not."""
    spread = a.std(axis=0)
    return bool((spread > 0).all() and (np.abs(b - a) <= LITTLE * spread).all())


def _offset(both: Both, at: int, shift: int) -> Cause:
    ahead, behind = ("B", "A") if shift > 0 else ("A", "B")
    says = f"{ahead}'s batch of a step is {behind}'s {abs(shift)} step{'s' * (abs(shift) > 1)} later."
    return _cause(
        both, at, "steps offset", float(shift), says, f"{ahead} has drawn a batch before it trains, or skipped it."
    )


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


def _skipped(a: tuple[Array, ...], b: tuple[Array, ...]) -> tuple[str, int] | None:
    """The side whose batches are the other's in their order, some left out, and how many; None if neither's are."""
    for side, all_, fewer in (("B", a, b), ("A", b, a)):
        places = {batch.tobytes(): i for i, batch in enumerate(all_)}
        found = [places.get(batch.tobytes()) for batch in fewer]
        known = [place for place in found if place is not None]
        at_end = found[: len(known)] == known and all(y > x for x, y in pairwise(known))
        if len(known) > len(fewer) / 2 and at_end:
            return side, known[-1] + 1 - len(known)
    return None


def _shifted(a: tuple[Array, ...], b: tuple[Array, ...]) -> int | None:
    """By how many steps A's batches are B's; None if they are not."""
    for shift in range(1, len(a)):
        if all(np.array_equal(x, y) for x, y in zip(a[shift:], b[:-shift], strict=True)):
            return shift
        if all(np.array_equal(x, y) for x, y in zip(a[:-shift], b[shift:], strict=True)):
            return -shift
    return None


def _repeated(a: tuple[Array, ...], b: tuple[Array, ...]) -> str | None:
    """The side whose batches are one, at all of several steps, while the other's are not; None if none is."""
    one_batch = [all(np.array_equal(batch, side[0]) for batch in side) for side in (a, b)]
    return "AB"[one_batch.index(True)] if len(a) > 2 and sum(one_batch) == 1 else None


def _one_batch(both: Both, at: int, side: str) -> Cause:
    says = f"{side} trains on one batch, the same in each step, and {'BA'['AB'.index(side)]} on another in each."
    return _cause(
        both, at, "one batch", 1.0, says, "Draw the next one in each step: an iterator made anew begins anew."
    )


def _epochs(a: tuple[Array, ...], b: tuple[Array, ...], at: int) -> tuple[int, int] | None:
    """After how many batches each side comes to its first again, if where they part is where the one does."""
    found = [
        next((step for step in range(1, len(side)) if np.array_equal(side[step], side[0])), None) for side in (a, b)
    ]
    ours, theirs = found
    return (ours, theirs) if ours and theirs and ours != theirs and at == min(ours, theirs) else None


def _of_batches(both: Both, a: Array, b: Array) -> Iterator[Cause]:
    """From hashes of whole batches alone."""
    differs = a != b
    if not differs.any():
        return
    at = int(differs.argmax())
    ours, theirs = tuple(a[:, None]), tuple(b[:, None])
    if (side := _repeated(ours, theirs)) is not None:
        yield _one_batch(both, at, side)
        return
    if not at and (shift := _shifted(ours, theirs)) is not None:
        yield _offset(both, at, shift)
        return
    common = float(np.isin(a, b).mean())
    if common:
        says = f"{100 * common:.3g} % of A's batches are among B's, at other steps."
        yield _cause(both, at, "shuffled otherwise", common, says, "Feed both the same order, or shuffle neither.")
        return
    says = "no batch is the same: other samples, another order, or numbers that are scaled or cast otherwise."
    yield _cause(both, at, "no sample in common", 0.0, says, "Compare the first batch, as both nets get it.")
