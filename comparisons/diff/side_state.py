"""State that is not trained: the statistics of a normalisation, an average of the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from comparisons.diff.averages import OTHER, STATE, Average, average_causes, averages_of, share_of
from comparisons.diff.batch_norm import KEPT
from comparisons.diff.bits import PRECISIONS
from comparisons.diff.both import TOGETHER, Both
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import noise, seen_at, snapped
from comparisons.traces.trace import Array

EXPLAINED = 0.1  # of the difference of two statistics: what a rule that explains it may leave over
PART = 0.5  # the same of what is added at each step: a difference of two of float32's, of which rounding is a part


def side_state_rung(both: Both, found: Sequence[Cause] = ()) -> Rung:
    """Whether what is kept beside the parameters follows the same rule on both sides.

    Args:
        found: what makes the gradients differ. Where it is fewer bits, the statistics differ, too, and by less: a
            gradient has come through all layers, and back.
    """
    if not all(trace.buffers for trace in both.traces):
        return Rung(rung=STATE, state="not recorded", says="No state beside the parameters was recorded on both sides.")
    averages = [averages_of(trace, at[: both.run]) for trace, at in zip(both.traces, both.at, strict=True)]
    bits = next((cause.cause for cause in found if cause.cause in PRECISIONS), None)
    rounding = both.relative if bits is None else max(both.relative, noise(seen_at(both, both.together)))
    statistics = _of_statistics(both, averages, rounding)
    causes = [*average_causes(both, averages), *statistics]
    if causes:
        return Rung(rung=STATE, state="broken", says=causes[0].says, causes=tuple(causes))
    if bits is not None and _of_statistics(both, averages, both.relative):
        return Rung(rung=STATE, state="broken", says=f"For the same reason: {bits}.")
    return Rung(rung=STATE, state="ok", says="Statistics and averages follow the same rule on both sides.")


def _of_statistics(both: Both, averages: list[dict[str, Average]], rounding: float) -> list[Cause]:
    """The other buffers, paired; what differs at steps up to which both sides had the same parameters.

    Args:
        rounding: what is no difference, relative to the size of a buffer.
    """
    usable = np.logical_and.accumulate(both.together & both.same_data)
    count = min(int(usable.sum()), both.run)
    sides = [
        {
            name: np.asarray(values, np.float64)[at].reshape(len(at), -1)
            for name, values in trace.buffers.items()
            if np.issubdtype(values.dtype, np.floating) and name not in {one.buffer for one in found.values()}
        }
        for trace, at, found in zip(both.traces, both.at, averages, strict=True)
    ]
    causes = []
    fine = TOGETHER * max(pair.epsilon for pair in both.pairs)
    for name, other in _paired(*sides):
        a, b = sides[0][name][:count], sides[1][other][:count]
        gap, size = np.linalg.norm(b - a, axis=1), np.linalg.norm(a, axis=1)
        if count and (gap > rounding * size).any():
            causes.append(_statistics_cause(both, name, a, b, int((gap > rounding * size).argmax())))
        elif rounding == both.relative and count > 3 and (off := gap > fine * size).any():
            cause = _statistics_cause(both, name, a, b, int(off.argmax()))
            causes += [cause] * cause.certain  # it may be rounding
    return _merged(causes)


def _paired(a: Mapping[str, Array], b: Mapping[str, Array]) -> list[tuple[str, str]]:
    """Buffers of as many elements, by how near they and their names are."""
    ours, theirs = list(a), list(b)
    if not ours or not theirs:
        return []
    cost = np.full((len(ours), len(theirs)), 1e6)
    for i, name in enumerate(ours):
        for j, other in enumerate(theirs):
            if a[name].shape == b[other].shape:
                scale = float(np.abs(a[name]).sum() + np.abs(b[other]).sum()) or 1.0
                words = [_word(one) for one in (name, other)]
                unlike = 1 - SequenceMatcher(None, name, other).ratio() + 2 * (words[0] != words[1])
                cost[i, j] = float(np.abs(a[name] - b[other]).sum()) / scale + unlike
    rows, columns = linear_sum_assignment(cost)
    return [(ours[i], theirs[j]) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1e6]


def _word(name: str) -> str:
    return next((word for word in ("mean", "var") if word in name.replace("/", ".").rsplit(".", 1)[-1]), "")


def _statistics_cause(both: Both, name: str, a: Array, b: Array, at: int) -> Cause:
    step = int(both.steps[at])
    here = f"They part at step {step} in {name}"
    about: dict[str, Any] = {"rung": STATE, "step": step, "tensors": (name,)}
    if (still := _still(a, b)) is not None:
        return Cause(
            cause="statistics that never move",
            number=0.0,
            says=f"{here}: {still}'s never moves.",
            remedy=f"Run {still}'s normalisation in training mode.",
            **about,
        )
    if len(a) < 4:
        return Cause(cause="not known", says=f"{here}; too few steps to say how.", certain=False, **about)
    keeps = _keeps(a, b)
    if keeps is not None and abs(keeps[0] - keeps[1]) > OTHER:
        return _momentum_cause(share_of(keeps[0]), share_of(keeps[1]), here, about)
    ratio = _ratio(a, b, (*KEPT, keeps[0])) if keeps is not None else 1.0
    if abs(ratio - 1) > 1e-5:
        return _variance_cause(ratio, both.batch_size, here, about)
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
        cause="unbiased variance",
        number=count,
        says=f"{here}: {larger}'s is n/(n - 1) times the other's with n = {count:.4g}{places}: "
        "the unbiased variance against the biased.",
        remedy="It shows in evaluation only: torch keeps the unbiased one, Keras the biased.",
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


def _merged(causes: list[Cause]) -> list[Cause]:
    """One cause for all the buffers that it is in."""
    merged: dict[tuple[str, float | None], Cause] = {}
    for cause in causes:
        key = (cause.cause, None if cause.number is None else snapped(cause.number))
        first = merged.setdefault(key, cause)
        if first is not cause:
            merged[key] = replace(first, tensors=(*first.tensors, *cause.tensors))
    return list(merged.values())
