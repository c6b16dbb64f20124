"""What shows in gradients however else they differ: a term of the loss that draws the parameters to 0, and a sum.

What else differs has no reason to lie along the parameters, in every tensor by the same number; nor to make all
gradients larger by the size of a batch.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.families import DECAYS
from comparisons.diff.pairing import Pair
from comparisons.diff.seen import Family, Seen, joined, noise, snapped
from comparisons.traces.trace import Array

ELEMENTS = 64  # at least: of fewer, a number fitted to chance is large
SURE = 10  # times the standard deviation of a number that is fitted to chance
ONE = 0.05  # relative: numbers of several tensors that are as near are one
WRITTEN = 0.02  # relative: as near to a number of one digit, it is that
COUNTED = 0.1  # relative: a factor that is as near to a count is that
ALONG = 0.8  # cosine of both sides' gradients, of which one is the other times a count
OUTPUTS = 4  # at least: fewer are a factor of many things


def decayed_beside(seen: Sequence[Seen]) -> Family | None:
    """L2 or L1 in one side's loss, by the tensors that are long enough; None where they show none, or several."""
    long = [one for one in seen if one.theta.size >= ELEMENTS and one.theta.std() > 0]
    for name, of in DECAYS.items():
        fitted = np.array([_fitted(one, of(one.theta)) for one in long]).reshape(-1, 2)
        sure = np.abs(fitted[:, 0]) > SURE * fitted[:, 1]
        if sure.sum() < 2:
            continue
        number = float(np.median(fitted[sure, 0]))
        if (np.abs(fitted[sure, 0] - number) <= ONE * abs(number) + SURE * fitted[sure, 1] / 2).all():
            near = snapped(number, 1)
            tensors = tuple(one.name for one, is_sure in zip(long, sure, strict=True) if is_sure)
            number = near if abs(near / number - 1) < WRITTEN else number
            return Family(name=name, number=number, tensors=tensors, certain=False)
    return None


def summed_beside(both: Both, seen: Sequence[Seen]) -> Family | None:
    """That one side sums over the batch, the outputs or both, and the other takes the mean; None if it is not so."""
    felt = [one for one in seen if one.felt]
    if not felt:
        return None
    a, b = joined(felt)
    along = float(a @ b)
    if along <= 0 or along < ALONG * np.linalg.norm(a) * np.linalg.norm(b):
        return None
    of_a, of_b = along / float(a @ a), float(b @ b) / along  # by least squares if what else differs is B's, and if A's
    batch, outputs = both.batch_size or 1, both.outputs if both.outputs >= OUTPUTS else 1
    counts = {count for count in (batch, outputs, batch * outputs) if count > 1}
    for number in (number for count in sorted(counts) for number in (count, 1 / count)):
        if (1 - COUNTED) * of_a < number < (1 + COUNTED) * of_b:
            return Family(
                name="scaled", number=number, detail=noise([one.evened(number) for one in felt]), certain=False
            )
    return None


def _fitted(one: Seen, of: Array) -> tuple[float, float]:
    """How many times `of` is in the difference, by least squares, and its standard deviation if that were chance."""
    difference, size = one.b - one.a, float(np.square(of).sum())
    number = float((difference * of).sum()) / size
    return number, float(np.linalg.norm(difference - number * of) / np.sqrt(size * of.size))


def without(both: Both, decay: Family) -> Both:
    """Both sides with B's gradients as they are without the term."""
    pairs = tuple(_lightened(pair, decay) if pair.name in decay.tensors else pair for pair in both.pairs)
    return replace(both, paired=replace(both.paired, pairs=pairs))


def _lightened(pair: Pair, decay: Family) -> Pair:
    gradient = pair.gradients[1] - (decay.number or 0.0) * DECAYS[decay.name](pair.b.before)
    norms = {**pair.b.norms, "gradient": np.linalg.norm(gradient, axis=1)} if pair.whole else pair.b.norms
    return replace(pair, b=replace(pair.b, gradient=gradient, norms=norms))
