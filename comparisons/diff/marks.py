"""Causes that are known by a mark that they leave in the gradients."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from comparisons.diff.batch_norm import Norm, is_scale, norms, unnormalised
from comparisons.diff.both import Both
from comparisons.diff.data import DATA
from comparisons.diff.layer_norm import TIMES, layer_norms
from comparisons.diff.record import Cause
from comparisons.diff.seen import EXPLAINED, SLACK, Seen, as_known, fitted, noise, seen_at, snapped, written
from comparisons.traces.trace import Array

EPSILONS = 0.1  # relative: epsilons that are nearer are not told apart
FUNCTION = 2.0**-6  # of the gradients' size: a net that computes something else differs by more, and bits by less
SORTED = 0.01  # of a difference: numbers of chance leave a tenth over when they are sorted, as they are to be fitted
ONCE = "what is logged differs, or a part of the loss that no gradient feels, as targets do beyond a Huber loss's bend"
LOSS, GRADIENT = "loss at equal parameters", "raw gradient"


def reported(both: Both, at: int, where: Array) -> Cause:
    """The losses differ, and the gradients do not, or were not recorded."""
    losses, step = both.losses, int(both.steps[at])
    if losses is None:
        raise ValueError("there are no losses that differ")
    bound = both.loss_bound(losses)[where]
    found = next(reports(losses[0][where], losses[1][where], bound), None)
    number, how = (None, "in no constant proportion to A's") if found is None else found
    known, sure = bool(both.with_gradients), surely(number, where)
    tail = "no gradients are known"
    if known:
        tail = "all gradients are the same, so that it is what is logged that differs"
    if known and not sure and where.sum() == 1:
        tail = f"all gradients are the same there, and no other step can be compared. Likely: {ONCE}"
    return Cause(
        rung=LOSS,
        step=step,
        cause="loss reported otherwise" if known else "loss",
        number=number,
        says=f"They part at step {step} in the loss{' only' * known}: B's is {how}; {tail}.",
        remedy="Log the same thing, or compare the gradients." if known else "Record the gradients.",
        certain=known and sure,
    )


def no_number(both: Both, where: Array) -> Cause | None:
    """A loss that is no number on one side, where the other's is one, and the gradients are the same.

    Of one that is NaN now and then nothing is said: it is logged at some of the steps.

    Args:
        where: (n,) bool, the steps that can be compared.
    """
    for side, other, (own, of_other) in zip("AB", "BA", _both_ways(both.series("loss")), strict=False):
        off = where & ~np.isfinite(own) & np.isfinite(of_other)
        begins = np.isnan(own) & ~np.append(False, np.isnan(own[:-1]))
        if not off.any() or (begins.sum() > 1 and not np.isinf(own[off]).any()):
            continue
        step, count = int(both.steps[int(off.argmax())]), int(off.sum())
        often = f" and {count - 1} more" if count > 1 else ""
        return Cause(
            rung=LOSS,
            step=step,
            cause="loss not finite on one side",
            number=float(count),
            says=f"They part at step {step}{often} in the loss only: {side}'s is not finite, or not recorded, and "
            f"{other}'s is; what is known of the gradients is the same.",
            remedy=f"See what {side} logs: the loss whose gradients it takes is a number.",
            certain=False,
        )
    return None


def _both_ways(sides: tuple[Array, Array] | None) -> tuple[tuple[Array, Array], ...]:
    return () if sides is None else (sides, sides[::-1])


def surely(number: float | None, where: Array) -> bool:
    """Whether a number that losses are apart by is no chance: any fits a single step of `where` (n,) bool."""
    return number is not None and bool(where.sum() > 1 or written(number))


def reports(a: Array, b: Array, bound: Array) -> Iterator[tuple[float, str]]:
    """What B's losses are of A's, to rounding: number and words."""
    whole = np.linalg.norm(b - a)

    def fits(left: Array) -> bool:
        """Whether only rounding is left over, and not most of the difference, as a number fitted to noise leaves."""
        return bool((np.abs(left) <= SLACK * bound).all() and np.linalg.norm(left) <= EXPLAINED * whole)

    ratio, shift = float(a @ b / (a @ a)), float(np.mean(b - a))
    if fits(b - ratio * a):
        yield ratio, f"{ratio:.6g} times A's"
    if len(a) > 1 and fits(b - a - shift):
        yield shift, f"A's {shift:+.6g}"
    for one, other, name, of in ((a, b, "B", "A"), (b, a, "A", "B")):
        mean = np.cumsum(one) / np.arange(1, len(one) + 1)
        if len(a) > 2 and fits(other - mean):
            yield float(len(a)), f"{'' if name == 'B' else 'such that A is '}the mean of {of}'s since the first"


def mark_of(both: Both, at: int, where: Array, seen: list[Seen]) -> Cause | None:
    """Causes that leave a mark in the gradients by which they are known, though it is not all that they do."""
    step = int(both.steps[at])
    another = noise(seen) > FUNCTION
    if another and (found := next(unnormalised(both, at), None)) is not None:
        return _unnormalised(both, step, *found)
    of_channels = (norm for norm in norms(both, where) if _differs(norm))
    if (norm := next(chain(of_channels, layer_norms(both)), None)) is not None:
        return _epsilon(step, norm.scale, norm.ratio, norm.epsilons)
    return (_unpaired(both, step, seen) if another else None) or _smoothed(both, where, step, seen)


def _unnormalised(both: Both, step: int, name: str, side: str) -> Cause:
    """A bias that has no gradient on the other side; where nothing says that the net normalises, that is likely."""
    other = "BA"["AB".index(side)]
    scales = any(len(pair.shape) == 1 and is_scale(pair.a) for pair in both.pairs)
    certain = scales or all(trace.buffers for trace in both.traces)
    differs = f"{side} normalises with the moving statistics, or in other groups, or not"
    distances = f"{other}'s loss sees differences of outputs alone, as distances are, and {side}'s does not"
    before = "as a bias before a normalisation that takes its mean away (by the batch's own statistics, or each channel"
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="batch statistics",
        says=f"They part at step {step}: {name} has no gradient in {other}, {before} by itself), and has one in "
        f"{side}{f': {differs}' if certain else f'. Likely: {differs}; or {distances}'}.",
        remedy=f"Run {side}'s normalisation in training mode (model.train(), training=True), or give both the same "
        "normalisation, and the same groups.",
        tensors=(name,),
        certain=certain,
    )


def _differs(norm: Norm) -> bool:
    """Whether it is the epsilon that does: where the variances are not known, a little may be theirs."""
    if norm.epsilons is None:
        return not 1 / TIMES < norm.ratio < TIMES
    return min(abs(norm.ratio - 1), abs(norm.epsilons[1] / norm.epsilons[0] - 1)) > EPSILONS


def _epsilon(step: int, scale: str, ratio: float, epsilons: tuple[float, float] | None) -> Cause:
    if epsilons is None:
        number, how = _times(ratio)
    else:
        a, b = (snapped(one, 1) if abs(snapped(one, 1) / one - 1) < 0.05 else one for one in epsilons)
        number, how = b, f"A's is {a:.3g} and B's {b:.3g}"
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="epsilon of the normalisation",
        number=number,
        says=f"They part at step {step}: the epsilon of the normalisation by {scale} is another: {how}.",
        remedy="Give both the same epsilon; torch's default is 1e-5 and Keras's 1e-3.",
        tensors=(scale,),
    )


def _times(ratio: float) -> tuple[float | None, str]:
    """What B's epsilon is of A's, where only that is known: the power of ten that it is near, as people write them."""
    if not ratio or np.isinf(ratio):
        felt, other = "AB" if not ratio else "BA"
        return None, f"{felt}'s is felt in the gradients, and {other}'s is too small to be"
    power = 10.0 ** round(np.log10(ratio))
    number, about = (power, "about ") if abs(ratio / power - 1) < EPSILONS else (ratio, "")
    larger, other, times = ("B", "A", number) if number > 1 else ("A", "B", 1 / number)
    return number, f"{larger}'s is {about}{times:.3g} times {other}'s"


def _unpaired(both: Both, step: int, seen: list[Seen]) -> Cause | None:
    """Only the last bias has the same gradient: the sum over the batch, which does not ask which target is whose.

    All others are of another function, as those of a lower precision are not: it leaves the last weights nearly alone.
    """
    same = [one for one in seen if one.same and one.felt]
    if any(not one.theta.any() for one in seen if one.axes > 1):
        return None  # of weights that are 0, the outputs are the same whatever comes before them
    if len(same) != 1 or len(seen) < 3 or same[0].axes != 1:
        return None
    if any(noise([one]) <= FUNCTION for one in seen if one.felt and not one.same):
        return None
    [bias] = same
    width = bias.a.shape[1]
    how = (
        "a difference of (n, 1) and (n,) is (n, n)" if width == 1 else "the labels are in another order than the inputs"
    )
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="targets broadcast" if width == 1 else "targets in another order",
        number=None if both.batch_size is None else float(both.batch_size),
        says=f"They part at step {step}: of all gradients only that of {bias.name} is the same, which sums over the "
        f"batch and does not ask which target is whose: each output meets targets that are not its own ({how}).",
        remedy="Give targets and outputs the same shape, and the same order.",
        tensors=tuple(one.name for one in seen if not one.same),
    )


def _smoothed(both: Both, where: Array, step: int, seen: list[Seen]) -> Cause | None:
    """The last bias differs by s (share of each label in the batch - 1/classes): labels that are smoothed by s.

    Which label is which the hashes do not tell, but how often each is there: the differences, sorted, are the shares.
    One s must fit all steps, and as all that is after the labels changes with them, no tensor may be the same. A step
    has as many differences as there are classes, less one as they sum to 0: one alone is fitted by any s, and two by
    chance. There it must be a number that people write.
    """
    vectors = [one for one in seen if one.axes == 1]
    if both.labels is None or not vectors or any(one.same for one in seen if one.felt):
        return None
    last = vectors[-1]
    shares = [_shares(both.labels[0][i], last.a.shape[1]) for i in np.flatnonzero(where)]
    known = [one for one in shares if one is not None]
    if last.a.shape[1] < 2 or len(known) < len(shares):
        return None
    wanted = np.stack(known)
    for side, sign in (("B", 1), ("A", -1)):
        difference = np.sort(sign * (last.b - last.a), axis=1)
        size = np.linalg.norm(difference, axis=1)
        off = size > last.bound  # the others say nothing, as the parameters are apart by too much
        [s], [within] = fitted(wanted[off].reshape(-1, 1), difference[off].ravel())
        left = np.linalg.norm(difference - s * wanted, axis=1)
        told = int(off.sum()) * (last.a.shape[1] - 1) > 2 or written(s)
        if 0 < s <= 1 and told and (left <= SLACK * last.bound).all() and (left[off] <= SORTED * size[off]).all():
            number = as_known(float(s), float(within))
            return Cause(
                rung=GRADIENT,
                step=step,
                cause="labels smoothed",
                number=number,
                says=f"They part at step {step}: {last.name} differs as where {side}'s labels are smoothed by "
                f"{number:.6g} more than {'BA'['AB'.index(side)]}'s.",
                remedy="Give both the same label_smoothing.",
                tensors=(last.name,),
            )
    return None


def _shares(labels: Array, classes: int) -> Array | None:
    """(classes,), sorted: the share of each label in a batch, less what all have on average; None if there are more."""
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) > classes:
        return None
    return np.sort(np.append(counts, np.zeros(classes - len(counts)))) / len(labels) - 1 / classes


def unpaired_at(both: Both, step: int) -> Cause | None:
    """Whether the data differ at a step only in which target is whose."""
    where = (both.steps == step) & both.together
    found = _unpaired(both, step, seen_at(both, where)) if where.any() and both.with_gradients else None
    return None if found is None else replace(found, rung=DATA)
