"""The gap between two curves, defined once, and the gap of each curve to the curve of the reference."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from comparisons.analysis.frame import CURVE, Columns, flat, grid, tidy
from comparisons.names import Dtype
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Job, Key, Outcome, Panel
from comparisons.training.contract import History

# Machine epsilons of a curve's largest magnitude that rounding takes where training makes no more of it: curves of one
# and the same rule, run by two frameworks, were measured to stay below 40 of them over 200 steps.
ROUNDING_EPSILONS = 64

COLUMNS = [
    *CURVE,
    "framework",
    "source",
    "final_loss",
    "source_final_loss",
    "max_abs_gap",
    "max_rel_gap",
    "max_scaled_gap",
    "max_ulp",
    "first_bad_step",
    "status",
]


def absolute_gap(one: Array, other: Array) -> Array:
    """|one - other| in float64, element by element; NaN where one of the two is not finite."""
    both = np.isfinite(one) & np.isfinite(other)
    with np.errstate(over="ignore"):  # two large numbers of opposite sign are infinitely far from each other
        return np.abs(np.where(both, one, np.nan).astype(np.float64) - np.where(both, other, np.nan))


def scaled_gap(one: Array, other: Array) -> Array:
    """The absolute gap over the largest magnitude of `other` on the last axis, or over 1 where `other` is 0."""
    scale = _scale(one, other)
    with np.errstate(over="ignore"):
        return absolute_gap(one, other) / np.where(scale > 0, scale, 1)


def largest_gap(one: Array, other: Array) -> float:
    """The largest scaled gap of two whole arrays; infinite if they are not finite in the same places."""
    finite = np.isfinite(one)
    if not np.array_equal(finite, np.isfinite(other)):
        return float("inf")
    return float(np.max(scaled_gap(one.ravel(), other.ravel()), where=finite.ravel(), initial=0))


def largest_path_gap(one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    """The largest gap of several arrays, by name, each in units of its own largest magnitude."""
    return max(largest_gap(one[name], other[name]) for name in other)


def _scale(one: Array, other: Array) -> Array:
    """The largest magnitude of `other` on the last axis, where both are finite."""
    both = np.isfinite(one) & np.isfinite(other)
    return np.asarray(np.max(np.abs(other).astype(np.float64), axis=-1, keepdims=True, where=both, initial=0))


def gaps_frame(
    aligned: pd.DataFrame, references: Mapping[Panel, str], trained: Mapping[Key, Mapping[str, bool]]
) -> pd.DataFrame:
    """A row for each cell of each framework but the reference: its curve compared with the curve of the reference.

    Columns: the key and seed; framework, source (the reference);
    final_loss, source_final_loss: the losses at the last recorded step;
    max_abs_gap = max |a - b|; max_rel_gap = max |a - b| / max(|a|, |b|); max_scaled_gap = max_abs_gap over the largest
    magnitude of the curve of the source; max_ulp: max |a - b| in units in the last place, of the dtype, of the larger
    one; all four over the steps where both are finite;
    first_bad_step: the first step at which the loss of the framework is not finite, -1 if none;
    status: ok, diverged (a loss of the framework is not finite), source-diverged (only a loss of the source is not),
    failed (no curve), source-failed (nothing to compare with).

    Args:
        aligned: as `frame.aligned` makes it.
        references: as `reference.references` finds them.
        trained: each key to the frameworks that have a cell, and whether that has a curve; if not, `aligned` has NaN.
    """
    rows = []
    for (*names, seed), curve in aligned.groupby(CURVE, observed=True, sort=False):
        key = Key._make(names)
        reference = references[key.panel]
        curves = {name: curve[name].to_numpy() for name, has_curve in trained[key].items() if has_curve}
        for framework in trained[key]:
            if framework != reference:
                gap = _gap(curves.get(framework), curves.get(reference), key.dtype)
                rows.append({**key._asdict(), "seed": seed, "framework": framework, "source": reference, **gap})
    return pd.DataFrame(rows, columns=COLUMNS)


def gap_curves_frame(
    cells: Sequence[Cell], outcomes: Mapping[Job, Outcome], seeds: Sequence[int], references: Mapping[Panel, str]
) -> pd.DataFrame:
    """The key, framework, seed, step, gap: the scaled gap to the reference, at each step of each other curve."""
    curves = {(cell.key, cell.framework): outcomes.get(cell.job) for cell in cells}

    def rows(cell: Cell, history: History) -> list[Columns]:
        name = references[cell.key.panel]
        reference = curves.get((cell.key, name))
        if name == cell.framework or not isinstance(reference, History):
            return []
        gap = scaled_gap(history.losses, reference.losses)
        return [{**grid(seeds, np.arange(gap.shape[1])), "gap": flat(gap)}]

    return tidy(cells, outcomes, ["seed", "step", "gap"], rows)


def _gap(losses: Array | None, reference: Array | None, dtype: Dtype) -> dict[str, object]:
    """The gap between two curves (steps,), as far as there is one; None stands for a cell that failed."""
    gap: dict[str, object] = {"first_bad_step": -1, "status": _status(losses, reference)}
    if reference is not None:
        gap |= {"source_final_loss": reference[-1]}
    if losses is not None:
        gap |= {"final_loss": losses[-1], "first_bad_step": _first(~np.isfinite(losses))}
    return gap if losses is None or reference is None else gap | _distance(losses, reference, dtype)


def _distance(losses: Array, reference: Array, dtype: Dtype) -> dict[str, object]:
    """The largest gap of two curves (steps,) in each measure."""
    gap = absolute_gap(losses, reference)
    both = ~np.isnan(gap)
    larger = np.where(both, np.maximum(np.abs(losses), np.abs(reference)), 1)
    with np.errstate(over="ignore"):
        ulp = np.spacing(larger.astype(dtype)).astype(np.float64)
    gaps = {
        "max_abs_gap": gap,
        "max_rel_gap": np.divide(gap, larger, out=np.zeros_like(gap), where=larger > 0),
        "max_scaled_gap": scaled_gap(losses, reference),
        "max_ulp": gap / ulp,
    }
    return {name: each[both].max() if both.any() else np.nan for name, each in gaps.items()}


def _first(mask: Array) -> int:
    return int(mask.argmax()) if mask.any() else -1


def _status(losses: Array | None, reference: Array | None) -> str:
    if losses is None:
        return "failed"
    if reference is None:
        return "source-failed"
    if not np.isfinite(losses).all():
        return "diverged"
    return "ok" if np.isfinite(reference).all() else "source-diverged"
