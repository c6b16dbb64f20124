"""State that is not trained: the statistics of a normalisation, an average of the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np
from scipy.optimize import linear_sum_assignment

from comparisons.diff.averages import AVERAGE, STATE, Average, average_causes, averages_of
from comparisons.diff.bits import PRECISIONS
from comparisons.diff.both import TOGETHER, Both
from comparisons.diff.matching import layer_of, word
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import noise, seen_at, snapped
from comparisons.diff.statistics import UNBIASED, ratio_of_means, statistics_cause
from comparisons.traces.trace import Array


def side_state_rung(both: Both, found: Sequence[Cause] = ()) -> Rung:
    """Whether what is kept beside the parameters follows the same rule on both sides.

    Args:
        found: what makes the gradients differ. Where it is fewer bits, the statistics differ, too, and by less: a
            gradient has come through all layers, and back.
    """
    averages = [averages_of(trace, at[: both.run]) for trace, at in zip(both.traces, both.at, strict=True)]
    if not (all(averages) or all(trace.buffers for trace in both.traces)):
        return Rung(rung=STATE, state="not recorded", says="No state beside the parameters was recorded on both sides.")
    bits = next((cause.cause for cause in found if cause.cause in PRECISIONS), None)
    rounding = both.relative if bits is None else max(both.relative, noise(seen_at(both, both.together)))
    statistics = _of_statistics(both, averages, rounding)
    own = [cause for cause in statistics if cause.certain or not found]  # else what a layer gets is other, too
    causes = [*average_causes(both, averages), *own]
    if causes:
        return Rung(rung=STATE, state="broken", says=causes[0].says, causes=tuple(causes))
    if len(own) < len(statistics) or (bits is not None and _of_statistics(both, averages, both.relative)):
        return Rung(
            rung=STATE, state="broken", says=f"For the same reason: {bits or found[0].cause}{_first(statistics)}."
        )
    return Rung(rung=STATE, state="ok", says="Statistics and averages follow the same rule on both sides.")


def _first(statistics: Sequence[Cause]) -> str:
    """In which layer it shows first, as far as they are in the order of the net: what differs lies before it."""
    return f"; {statistics[0].tensors[0]} is the first that shows it" if statistics else ""


def _of_statistics(both: Both, averages: list[dict[str, Average]], rounding: float) -> list[Cause]:
    """The other buffers, paired; what differs at steps up to which both sides had the same parameters.

    Args:
        rounding: what is no difference, relative to the size of a buffer.
    """
    rough = np.logical_or.accumulate(both.kinked) & (both.moved > 0)  # what a layer gets may be any amount apart there
    usable = np.logical_and.accumulate(both.together & both.same_data & ~rough)
    count = min(int(usable.sum()), both.run)
    parameters = [{pair.name for pair in both.frozen}, {pair.other for pair in both.frozen}]
    sides = [
        {
            name: np.asarray(values, np.float64)[at].reshape(len(at), -1)
            for name, values in trace.buffers.items()
            if np.issubdtype(values.dtype, np.floating)
            and name not in {one.buffer for one in found.values()} | frozen
            and not name.startswith(f"{AVERAGE}/")
        }
        for trace, at, found, frozen in zip(both.traces, both.at, averages, parameters, strict=True)
    ]
    causes = []
    fine = TOGETHER * max(pair.epsilon for pair in both.pairs)
    pairs = [
        (name, sides[0][name], sides[1][other])
        for name, other in _paired(both, *sides)
        if word(name) == word(other) or np.ptp(sides[0][name], axis=0).any() or np.ptp(sides[1][other], axis=0).any()
    ]  # numbers that never move and have other names, as a deviation and a variance: what they do, the loss shows
    of_means = ratio_of_means([(a, b) for name, a, b in pairs if word(name) == "mean"]) if count else None
    for name, a, b in pairs:
        gap, size = np.linalg.norm(b - a, axis=1)[:count], np.linalg.norm(a, axis=1)[:count]
        # a bias before a normalisation has rounding for its gradient, of which Adam makes whole steps: means feel them
        moved = both.moved[:count] * max(both.sensitivity("a", [a]), both.sensitivity("b", [b]))
        if (off := gap > rounding * size + moved).any():
            causes.append(statistics_cause(both, name, (a, b), count, int(off.argmax()), of_means))
        elif rounding == both.relative and (off := gap > fine * size + moved).any():
            cause = statistics_cause(both, name, (a, b), count, int(off.argmax()), of_means)
            causes += [cause] * cause.certain  # it may be rounding
    return _merged(causes)


def _paired(both: Both, a: Mapping[str, Array], b: Mapping[str, Array]) -> list[tuple[str, str]]:
    """Buffers of as many elements: of layers whose parameters are a pair, else by how near they and their names are."""
    ours, theirs = list(a), list(b)
    if not ours or not theirs:
        return []
    layers = {layer_of(pair.name): layer_of(pair.other) for pair in both.pairs}
    known = set(layers.values())
    cost = np.full((len(ours), len(theirs)), 1e6)
    for i, name in enumerate(ours):
        for j, other in enumerate(theirs):
            if a[name].shape != b[other].shape:
                continue
            scale = float(np.abs(a[name]).sum() + np.abs(b[other]).sum()) or 1.0
            cost[i, j] = float(np.abs(a[name] - b[other]).sum()) / scale + 2 * (word(name) != word(other))
            if layer_of(name) in layers or layer_of(other) in known:
                cost[i, j] += 4 * (layers.get(layer_of(name)) != layer_of(other))
            else:
                cost[i, j] += 1 - SequenceMatcher(None, name, other).ratio()
    rows, columns = linear_sum_assignment(cost)
    return [(ours[i], theirs[j]) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1e6]


def _merged(causes: list[Cause]) -> list[Cause]:
    """One cause for all the buffers that it is in."""
    merged: dict[tuple[str, float | None], list[Cause]] = {}
    for cause in causes:
        number = None if cause.number is None or cause.cause == UNBIASED else snapped(cause.number)
        merged.setdefault((cause.cause, number), []).append(cause)
    return [
        replace(same[0], says=same[0].says + _others(same), tensors=tuple(name for one in same for name in one.tensors))
        for same in merged.values()
    ]


def _others(same: list[Cause]) -> str:
    """Between what their numbers are, where they are not one."""
    numbers = sorted(cause.number for cause in same[1:] if cause.number is not None)
    if not numbers or snapped(numbers[0]) == snapped(numbers[-1]) == snapped(same[0].number or 0.0):
        return ""
    return f" So do {len(numbers)} more, with n from {numbers[0]:.4g} to {numbers[-1]:.4g}."
