"""What holds over seeds: quartiles, shares, and the paired difference between frameworks with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from comparisons.names import Dtype, Level
from comparisons.sweeps.frames import Kept, fields_of, trained
from comparisons.sweeps.plan import Plan, SweepCell
from comparisons.tasks.streams import Array
from comparisons.training.contract import Endings

CONFIDENCE = 0.95
SAME = 0.05  # decades, 12 %: an interval within is called the same
RESAMPLES = 999
LEAST_PAIRS = 6  # with fewer the interval of a median is their range, or less than 95 % of it
WORK = 1 << 22  # numbers resampled at once


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The difference of one cell to its reference, seed by seed: same start, same batches.

    Args:
        differences: (seeds,), decades: log10 of the final loss over the reference's; NaN where either diverged.
        interval: (3,), their median and the ends of its interval; see `intervals`.
    """

    cell: SweepCell
    reference: SweepCell
    differences: Array
    interval: Array


def floor_of(endings: Endings, dtype: Dtype) -> Array:
    """Below which a loss is rounding, for each seed: epsilon squared times the first."""
    floor: Array = np.finfo(dtype).eps ** 2 * np.abs(endings.first)
    return floor


def decades(ours: Endings, theirs: Endings, dtype: Dtype) -> Array:
    """log10 of the final losses' ratios (seeds,); NaN where either diverged.

    Losses below epsilon squared times the first are rounding, and are taken for that: two runs that reach it are
    equal, whatever is left of them.
    """
    floor = floor_of(theirs, dtype)
    both = np.isfinite(ours.final) & np.isfinite(theirs.final) & (ours.diverged_at < 0) & (theirs.diverged_at < 0)
    with np.errstate(all="ignore"):
        logs = [np.log10(np.maximum(np.maximum(one.final, floor), np.finfo(np.float64).tiny)) for one in (ours, theirs)]
        return np.where(both, logs[0] - logs[1], np.nan)


def paired(plan: Plan, kept: Kept) -> list[Paired]:
    """Each cell against its reference: the source's cell, or the first framework's where it has none."""
    groups: dict[tuple[str, str, Level, Dtype, tuple[float, ...]], dict[str, tuple[SweepCell, Endings]]] = {}
    for cell, endings in trained(plan, kept):
        key = (cell.task, cell.optimizer, cell.level, cell.dtype, cell.point)
        groups.setdefault(key, {})[cell.framework] = (cell, endings)
    found: list[tuple[SweepCell, SweepCell, Array]] = []
    for some in groups.values():
        reference, theirs = some.get(plan.source) or next(iter(some.values()))
        found += [
            (cell, reference, decades(ours, theirs, cell.dtype))
            for cell, ours in some.values()
            if cell is not reference
        ]
    numbers = intervals(np.array([one[2] for one in found])) if found else np.empty((0, 3))
    return [
        Paired(cell=cell, reference=reference, differences=differences, interval=interval)
        for (cell, reference, differences), interval in zip(found, numbers, strict=True)
    ]


def intervals(differences: Array) -> Array:
    """(n, 3) of differences (n, seeds): their median and the ends of its bootstrap interval; NaN for too few pairs.

    Seeds are resampled: 999 times, always the same way. Percentiles of the medians, as for a median BCa's
    correction, which takes the statistic to be smooth, has no reason.
    """
    found = np.full((len(differences), 3), np.nan)
    pairs = np.isfinite(differences).sum(axis=1)
    full = pairs == differences.shape[1]
    if differences.shape[1] >= LEAST_PAIRS and full.any():
        found[full] = _interval(differences[full])
    for row in np.flatnonzero(~full & (pairs >= LEAST_PAIRS)):
        some = differences[row]
        found[row] = _interval(some[np.isfinite(some)][None])[0]
    for row in np.flatnonzero((pairs > 0) & (pairs < LEAST_PAIRS)):
        found[row, 0] = np.nanmedian(differences[row])
    return found


def _interval(differences: Array) -> Array:
    """(n, 3) of finite differences (n, seeds)."""
    low, high = np.empty(len(differences)), np.empty(len(differences))
    rows = max(1, WORK // (16 * differences.shape[1]))
    for first in range(0, len(differences), rows):
        part = slice(first, first + rows)
        result = bootstrap(
            (differences[part],),
            np.median,
            axis=-1,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=max(1, WORK // differences[part].size),
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(0),
        )
        low[part], high[part] = result.confidence_interval
    return np.stack([np.median(differences, axis=1), low, high], axis=1)


def summary_frame(plan: Plan, kept: Kept, pairs: Sequence[Paired]) -> pd.DataFrame:
    """A line for each cell.

    seeds; diverged: their share; reached: the share that got to the target; median, lower_quartile, upper_quartile: of
    the final losses, a diverged one being infinite; then, where there is a reference: compared_with, pairs (seeds that
    diverged in neither), difference (the median of log10 of the final losses' ratios: decades), low, high (its 95 %
    interval).
    """
    against = {id(one.cell): one for one in pairs}
    rows = []
    for cell, endings in trained(plan, kept):
        diverged = endings.diverged_at >= 0
        final = np.where(diverged, np.inf, endings.final)
        median, lower, upper = np.quantile(final, (0.5, 0.25, 0.75), method="inverted_cdf")
        row = {
            "task": cell.task,
            "optimizer": cell.optimizer,
            "level": cell.level,
            "dtype": cell.dtype,
            "framework": cell.framework,
            **dict(zip(fields_of(plan), cell.point, strict=True)),
            "seeds": len(final),
            "diverged": diverged.mean(),
            "reached": (endings.reached_at >= 0).mean(),
            "median": median,
            "lower_quartile": lower,
            "upper_quartile": upper,
            "compared_with": "",
            "pairs": 0,
            "difference": np.nan,
            "low": np.nan,
            "high": np.nan,
        }
        if id(cell) in against:
            one = against[id(cell)]
            difference, low, high = one.interval
            row |= {"compared_with": one.reference.framework, "pairs": int(np.isfinite(one.differences).sum())}
            row |= {"difference": difference, "low": low, "high": high}
        rows.append(row)
    return pd.DataFrame(rows)
