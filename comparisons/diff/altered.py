"""Batches in one order on both sides, some samples of which one side changes, or each in its own way."""

import numpy as np

from comparisons.traces.trace import Array

Batches = tuple[Array, ...]

PLACED = 0.9  # of the samples of a step that both sides have: another shuffle has one in a batch's size at its place
CHANCE = 1e-4  # that those of another shuffle stand so
MORE = 1.1  # times as many different samples: the side that changes them anew each time, and no chance
CHANGED = "an augmentation or another random transform (crop, erasing, jitter, noise, mixup), or another tokenizer"
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
