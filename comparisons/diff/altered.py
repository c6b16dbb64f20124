"""Samples that one side alone has: it changes some of those of each batch, or trains on others."""

import numpy as np

from comparisons.traces.trace import Array

Batches = tuple[Array, ...]

PLACED = 0.9  # of the samples of a step that both sides have: another shuffle has one in a batch's size at its place
CHANCE = 1e-4  # that those of another shuffle stand so
MORE = 1.1  # times as many different samples: the side that changes them anew each time, and no chance
CHANGED = "an augmentation or another random transform (crop, erasing, jitter, noise, mixup), or another tokenizer"
OFTEN = 2  # times that each sample comes, at least: then there are no others
REMEDY = "Switch such transforms off on both sides; or save the batches of one side, and feed both those."


def altered(a: Batches, b: Batches) -> tuple[float, str] | None:
    """The share of the samples that are the same, and words; None where those do not stand at the same places.

    Args:
        a, b: the hashes of each step's samples, from the first on at which they differ.
    """
    steps = [(x, y) for x, y in zip(a, b, strict=True) if len(x) == len(y)]
    others = [(x, y) for x, y in steps if not np.array_equal(x, y)]
    common = sum(int(np.isin(x, y).sum()) for x, y in others)
    placed = np.concatenate([x[x == y] for x, y in others])
    size = max(len(x) for x, _ in steps)
    if len(placed) < PLACED * common or size ** -float(len(np.unique(placed))) > CHANCE:
        return None
    counts = sorted({int((x == y).sum()) for x, y in steps})
    many = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    words = (
        f"the order is the same, but of a batch's {size} samples only {many} are the same, each at its place. Likely: "
        f"the others are changed on one side{_by_one(a, b)}, or on each in its own way: {CHANGED}."
    )
    return float(np.mean(np.concatenate([x == y for x, y in steps]))), words


def _by_one(a: Batches, b: Batches) -> str:
    """Which side changes them anew each time: over some epochs it has more different samples."""
    ours, theirs = (len(np.unique(np.concatenate(side))) for side in (a, b))
    if max(ours, theirs) < MORE * min(ours, theirs):
        return ""
    return f" ({'A' if ours > theirs else 'B'}: A has {ours} different samples and B {theirs})"


def of_another_set(a: Batches, b: Batches) -> tuple[float, str] | None:
    """How many different samples B has for one of A's, and words; None where both have the same, or it is not known.

    It is where each sample comes several times, as in epochs.
    """
    (ours, counted), (theirs, of_theirs) = (np.unique(np.concatenate(side), return_counts=True) for side in (a, b))
    common = len(np.intersect1d(ours, theirs))
    if min(counted.min(), of_theirs.min()) < OFTEN or common in (0, max(len(ours), len(theirs))):
        return None
    on_both = f"{common} of them are on both sides"
    for side, own, other, of in (("B", theirs, "A", ours), ("A", ours, "B", theirs)):
        if common == len(own):
            on_both = f"all of {side}'s are among {other}'s, which has {len(of) - common} more"
    words = (
        f"A has {len(ours)} different samples, and B {len(theirs)}; {on_both}, and the batches are others. Likely: "
        "another split of the data, or a part that one side leaves out."
    )
    return len(theirs) / len(ours), words
