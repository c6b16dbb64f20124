"""The running statistics of a normalisation: by what rule each side keeps them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from comparisons.diff.averages import OTHER, STATE, share_of
from comparisons.diff.both import Both
from comparisons.diff.conditioning import KEPT
from comparisons.diff.matching import word
from comparisons.diff.record import Cause
from comparisons.traces.trace import Array

EXPLAINED = 0.1  # of the difference of two statistics: what a rule that explains it may leave over
PART = 0.5  # the same of what is added at each step: a difference of two of float32's, of which rounding is a part
FITTED = 0.2  # the same of one step, of which two numbers explain some by chance
FEW = 4  # steps: of fewer, only the first says what the rule is
CHANNELS = 8  # at least: of fewer, two numbers explain too much
SAME = 1e-4  # relative: statistics that are as near move by the same share
ROUGH = 0.3  # the same of two sides' statistics at parameters that are a little apart
UNBIASED = "unbiased variance"
SHOWS = "It shows in evaluation only: torch keeps the unbiased one, Keras the biased."


def ratio_of_means(means: Sequence[tuple[Array, Array]]) -> float | None:
    """What B's running means are of A's after the first step, in which both began at 0; None if they are no multiple.

    It is the share of the new that B takes, of the share that A takes. Where some layers tell it exactly, the others
    get something else, as those after a normalisation with another epsilon do.
    """
    if not means:
        return None
    firsts = [(a[0], b[0]) for a, b in means]
    exact = [(a, b) for a, b in firsts if len(a) > 1 and _is_another_share(*_multiple(a, b))]
    a, b = (np.concatenate(side) for side in zip(*(exact or firsts), strict=True))
    ratio, left = _multiple(a, b)
    return ratio if ratio > 0 and left <= max(SAME, EXPLAINED * abs(ratio - 1)) else None


def _is_another_share(ratio: float, left: float) -> bool:
    return abs(ratio - 1) > SAME >= left


def _multiple(a: Array, b: Array) -> tuple[float, float]:
    """What b is of a, and what that leaves over of it, relative; 1 where a is 0."""
    ratio = float(a @ b / (a @ a)) if a.any() else 1.0
    return ratio, float(np.linalg.norm(b - ratio * a)) / (float(np.linalg.norm(b)) or 1.0)


def statistics_cause(
    both: Both, name: str, sides: tuple[Array, Array], count: int, at: int, of_means: float | None
) -> Cause:
    """Why a buffer differs.

    Args:
        sides: A's and B's after each step, (n, k). count: of the first of them, with the same parameters.
        at: the first of those at which they differ. of_means: as `ratio_of_means`.
    """
    step = int(both.steps[at])
    here = f"They part at step {step} in {name}"
    about: dict[str, Any] = {"rung": STATE, "step": step, "tensors": (name,)}
    if (still := _still(*sides)) is not None:
        return Cause(
            cause="statistics that never move",
            number=0.0,
            says=f"{here}: {still}'s never moves.",
            remedy=f"Run {still}'s normalisation in training mode.",
            **about,
        )
    a, b = (side[:count] for side in sides)
    if count < FEW:
        if not at and of_means is not None and (found := _of_first_step(both, sides, of_means, here, about)):
            return found
        return Cause(cause="not known", says=f"{here}; too few steps to say how.", certain=False, **about)
    keeps = _keeps(a, b)
    if keeps is not None and abs(keeps[0] - keeps[1]) > OTHER:
        return _momentum_cause(share_of(keeps[0]), share_of(keeps[1]), here, about)
    ratio = _ratio(a, b, (*KEPT, keeps[0])) if keeps is not None else 1.0
    if abs(ratio - 1) > 1e-5:
        return _variance_cause(ratio, both.batch_size, here, about)
    if word(name) == "var" and (found := _by_batches(both, a, b, here, about)) is not None:
        return found
    return Cause(cause="not known", says=f"{here}; neither momentum nor bias explains it.", certain=False, **about)


def _still(a: Array, b: Array) -> str | None:
    """The side whose statistics never move, where the other's do."""
    for side, values, other in (("A", a, b), ("B", b, a)):
        if len(values) > 1 and (values == values[0]).all() and (other != other[0]).any():
            return side
    return None


def _momentum_cause(ours: float, theirs: float, here: str, about: dict[str, Any]) -> Cause:
    turned = abs(ours + theirs - 1) < 0.02
    which = " (one is 1 minus the other: torch's momentum is of the new, Keras's of the old)" if turned else ""
    return Cause(
        cause="momentum of the statistics",
        number=theirs,
        says=f"{here}: A keeps {ours:.6g} of the old statistics and B {theirs:.6g}{which}.",
        remedy=f"Give both the same: in torch momentum={1 - ours:.3g}, in Keras momentum={ours:.3g}.",
        **about,
    )


def _variance_cause(ratio: float, batch: int | None, here: str, about: dict[str, Any]) -> Cause:
    larger, r = ("B", ratio) if ratio > 1 else ("A", 1 / ratio)
    count = r / (r - 1)
    places = f" ({count / batch:.3g} times the batch size)" if batch is not None else ""
    return Cause(
        cause=UNBIASED,
        number=count,
        says=f"{here}: {larger}'s is n/(n - 1) times the other's with n = {count:.4g}{places}: "
        "the unbiased variance against the biased.",
        remedy=SHOWS,
        **about,
    )


def _of_first_step(
    both: Both, sides: tuple[Array, Array], of_means: float, here: str, about: dict[str, Any]
) -> Cause | None:
    """By the channels of the first step alone, k + (1 - k) v with the statistic v of each on the side that keeps k.

    Where both keep the same, a variance is unbiased on one side if B's is c times A's, but for what both begin with;
    where the means say that they do not, by how much is all that can be said.
    """
    a, b = (side[0] for side in sides)
    if abs(of_means - 1) > SAME:
        shares = _shares(*sides, of_means)
        which = "" if shares is None else f", about {shares[1]:.2g} where A's keep {shares[0]:.2g}, as later steps tell"
        return Cause(
            cause="momentum of the statistics",
            number=of_means,
            says=f"{here}: at the first step B's statistics move {of_means:.4g} times as far as A's: they keep another "
            f"share of the old{which}.",
            remedy="Give both the same; torch's momentum is 1 minus Keras's.",
            **about,
        )
    if len(a) < CHANNELS or word(about["tensors"][0]) != "var" or not np.ptp(a):
        return None
    columns = np.stack([a, np.ones_like(a)], axis=1)
    (extra, start), *_ = np.linalg.lstsq(columns, b - a)
    if np.linalg.norm(b - a - columns @ (extra, start)) > FITTED * np.linalg.norm(b - a) or extra == 0:
        return None
    return _variance_cause(1 + float(extra), both.batch_size, here, about)


def _shares(a: Array, b: Array, ratio: float) -> tuple[float, float] | None:
    """What each side keeps of the old, where B takes `ratio` times as much of the new as A; None if steps do not tell.

    A takes u of the new x, B u times the ratio: (a' - a) / u + a = x = (b' - b) / (ratio u) + b. Parameters are apart
    after the first step, and so are the x of both sides, by little.
    """
    if len(a) < FEW:
        return None
    apart, taken = (b - a)[:-1].ravel(), (np.diff(a, axis=0) - np.diff(b, axis=0) / ratio).ravel()
    share = float(taken @ taken) / (float(taken @ apart) or np.inf)
    left = np.linalg.norm(taken / share - apart) if share else np.inf
    if not 0 < share < 1 or not 0 < ratio * share < 1 or left > ROUGH * np.linalg.norm(apart):
        return None
    return 1 - share, 1 - ratio * share


def _by_batches(both: Both, a: Array, b: Array, here: str, about: dict[str, Any]) -> Cause | None:
    """The unbiased variance on one side where batches have other sizes, as the last of an epoch: n is another there.

    With n of the places of a sample times the samples of a batch, the larger side adds n / (n - 1) of what the other
    does, of which each step says the places.
    """
    if both.samples is None:
        return None
    sizes = np.array([len(one) for one in both.samples[0]], np.float64)[1 : len(a)]
    if np.ptp(sizes) == 0:
        return None
    found = []
    for keep in KEPT:
        ours, theirs = a[1:] - keep * a[:-1], b[1:] - keep * b[:-1]
        for larger, one, more in (("B", ours, theirs - ours), ("A", theirs, ours - theirs)):
            extra = (one * more).sum(axis=1) / np.maximum((one * one).sum(axis=1), 1e-300)
            if (extra > 0).all():
                places = max(round(float(np.median((1 + 1 / extra) / sizes))), 1)
                off = np.linalg.norm(more - one / (places * sizes - 1)[:, None]) / np.linalg.norm(more)
                found.append((float(off), larger, places))
    left, larger, places = min(found, default=(np.inf, "", 0))
    if left > PART:
        return None
    return _unbiased(larger, places * int(np.median(sizes)), places * int(sizes.min()), here, about)


def _unbiased(larger: str, count: int, short: int, here: str, about: dict[str, Any]) -> Cause:
    return Cause(
        cause=UNBIASED,
        number=float(count),
        says=f"{here}: {larger}'s is n/(n - 1) times the other's with n = {count}, and {short} in the shortest batch: "
        "the unbiased variance against the biased.",
        remedy=SHOWS,
        **about,
    )


def _keeps(a: Array, b: Array) -> tuple[float, float] | None:
    """What share of the old each side keeps, by least squares, both of the same statistics but for a factor c.

    With d = b - a: d' = kb d + (c - 1) a' + (kb - c ka) a. None if that does not explain d.
    """
    d = b - a
    columns = np.stack([d[:-1].ravel(), a[1:].ravel(), a[:-1].ravel()], axis=1)
    scales = np.linalg.norm(columns, axis=0)
    if not scales.all():
        return None
    found, *_ = np.linalg.lstsq(columns / scales, d[1:].ravel())
    theirs, c, mixed = found / scales + np.array([0, 1, 0])
    if np.linalg.norm(d[1:].ravel() - columns @ (found / scales)) > EXPLAINED * np.linalg.norm(d[1:]) or not c:
        return None
    ours = (theirs - mixed) / c
    return (float(ours), float(theirs)) if -OTHER <= ours <= 1 and -OTHER <= theirs <= 1 else None


def _ratio(a: Array, b: Array, keeps: Sequence[float]) -> float:
    """Of what B adds at each step to what A adds, with the share kept of the old that explains most; or 1."""
    found = []
    for keep in keeps:
        added, more = a[1:] - keep * a[:-1], (b - a)[1:] - keep * (b - a)[:-1]
        extra = float((added * more).sum() / (added * added).sum())
        found.append((float(np.linalg.norm(more - extra * added) / np.linalg.norm(more)), 1 + extra))
    left, ratio = min(found)
    return ratio if left <= PART else 1.0
