"""How far each framework's curve is from the source's."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from comparisons.analysis.frame import CURVE
from comparisons.names import Framework
from comparisons.tasks.streams import Array
from comparisons.training.cells import Key

# A gap counts from where it exceeds this many machine epsilons of the curve's largest magnitude: curves of one and the
# same rule, run by two frameworks, were measured to stay below 40 of them over 200 steps.
ROUNDING_EPSILONS = 64


def gaps_frame(
    aligned: pd.DataFrame, source: Framework, trained: Mapping[Key, Mapping[Framework, bool]]
) -> pd.DataFrame:
    """A row for each cell of each framework but the source, its curve compared with the source's.

    Where the source has no cell, the first of the frameworks that has one is the source in its place.

    Columns: the key and seed; framework, source; final_loss, source_final_loss (loss at the last recorded step);
    max_abs_gap = max |a - b|; max_rel_gap = max |a - b| / max(|a|, |b|); max_scaled_gap = max_abs_gap over the largest
    magnitude of the source's curve; max_ulp: max |a - b| in units in the last place, of the dtype, of the larger one;
    all four over the steps where both are finite;
    first_gap_step: the first step whose gap is more than rounding, -1 if none; first_bad_step: the first step at which
    the framework's loss is not finite, -1 if none; status: ok, diverged (a loss of the framework is not finite),
    source-diverged (only the source's), failed (no curve), source-failed (nothing to compare with).

    Args:
        aligned: as `frame.aligned` makes it.
        trained: each key to the frameworks that have a cell, and whether that has a curve; if not, `aligned` has NaN.
    """
    rows = []
    for (*names, seed), curve in aligned.groupby(CURVE, observed=True, sort=False):
        key = Key._make(names)
        there = trained[key]
        curves = {name: curve[name].to_numpy() for name, has_curve in there.items() if has_curve}
        reference = source if source in there else next(iter(there))
        for framework in there:
            if framework != reference:
                gap = _gap(curves.get(framework), curves.get(reference), key.dtype)
                rows.append({**key._asdict(), "seed": seed, "framework": framework, "source": reference, **gap})
    return pd.DataFrame(rows, columns=COLUMNS)


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
    "first_gap_step",
    "first_bad_step",
    "status",
]


def _gap(losses: Array | None, reference: Array | None, dtype: str) -> dict[str, object]:
    """The gap between two curves (steps,), as far as there is one; None stands for a cell that failed."""
    gap: dict[str, object] = {"first_gap_step": -1, "first_bad_step": -1, "status": _status(losses, reference)}
    if reference is not None:
        gap |= {"source_final_loss": reference[-1]}
    if losses is not None:
        gap |= {"final_loss": losses[-1], "first_bad_step": _first(~np.isfinite(losses))}
    return gap if losses is None or reference is None else gap | _distance(losses, reference, dtype)


def _distance(losses: Array, reference: Array, dtype: str) -> dict[str, object]:
    both = np.isfinite(losses) & np.isfinite(reference)
    larger = np.maximum(np.abs(losses), np.abs(reference))
    scale = np.max(np.abs(reference), where=both, initial=0)
    with np.errstate(over="ignore"):  # two large losses of opposite sign are infinitely far from each other
        difference = np.abs(np.where(both, losses, 0) - np.where(both, reference, 0))
        ulp = np.spacing(np.where(both, larger, 1).astype(dtype)).astype(np.float64)
        scaled = difference / (scale or 1.0)
    relative = np.divide(difference, larger, out=np.zeros_like(difference), where=both & (larger > 0))
    gaps = {"max_abs_gap": difference, "max_rel_gap": relative, "max_scaled_gap": scaled, "max_ulp": difference / ulp}
    return {
        **{name: gap.max() if both.any() else np.nan for name, gap in gaps.items()},
        "first_gap_step": _first(difference > ROUNDING_EPSILONS * np.finfo(dtype).eps * scale),
    }


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
