"""How far each framework's curve is from the source's."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from comparisons.contract import Array
from comparisons.frame import CURVE
from comparisons.names import Framework

# A gap counts from where it exceeds this many machine epsilons of the curve's largest magnitude: curves of one and the
# same rule, run by two frameworks, were measured to stay below 40 of them over 200 steps.
ROUNDING_EPSILONS = 64


def gaps_frame(aligned: pd.DataFrame, frameworks: Sequence[Framework], source: Framework) -> pd.DataFrame:
    """A row for each curve of each framework but the source, compared with the source's curve.

    Columns: the key and seed; framework, source; final_loss, source_final_loss (loss at the last recorded step);
    max_abs_gap = max |a - b|; max_rel_gap = max |a - b| / max(|a|, |b|), both over the steps where both are finite;
    first_gap_step: the first step whose gap is more than rounding, -1 if none; first_bad_step: the first step at which
    the framework's loss is not finite, -1 if none; status: ok, diverged (a loss is not finite), failed (no curve),
    source-failed (nothing to compare with).
    """
    rows = []
    for key, curve in aligned.groupby(CURVE, observed=True, sort=False):
        epsilon = float(np.finfo(key[CURVE.index("dtype")]).eps)
        reference = _losses(curve, source)
        for framework in frameworks:
            if framework != source:
                gap = _gap(_losses(curve, framework), reference, epsilon)
                rows.append({**dict(zip(CURVE, key, strict=True)), "framework": framework, "source": source, **gap})
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *CURVE,
    "framework",
    "source",
    "final_loss",
    "source_final_loss",
    "max_abs_gap",
    "max_rel_gap",
    "first_gap_step",
    "first_bad_step",
    "status",
]


def _losses(curve: pd.DataFrame, framework: Framework) -> Array:
    return curve[framework].to_numpy() if framework in curve else np.full(len(curve), np.nan)


def _gap(losses: Array, reference: Array, epsilon: float) -> dict[str, object]:
    """The gap between two curves (steps,); of a failed cell every loss is NaN, also the first."""
    both = np.isfinite(losses) & np.isfinite(reference)
    difference = np.abs(np.where(both, losses, 0) - np.where(both, reference, 0))
    larger = np.maximum(np.abs(losses), np.abs(reference))
    scale = np.max(np.abs(reference), where=both, initial=0)
    relative = np.divide(difference, larger, out=np.zeros_like(difference), where=both & (larger > 0))
    return {
        "final_loss": losses[-1],
        "source_final_loss": reference[-1],
        "max_abs_gap": difference.max() if both.any() else np.nan,
        "max_rel_gap": relative.max() if both.any() else np.nan,
        "first_gap_step": _first(difference > ROUNDING_EPSILONS * epsilon * scale),
        "first_bad_step": _first(~np.isfinite(losses)),
        "status": _status(losses, reference),
    }


def _first(mask: Array) -> int:
    return int(mask.argmax()) if mask.any() else -1


def _status(losses: Array, reference: Array) -> str:
    if np.isnan(losses).all():
        return "failed"
    if np.isnan(reference).all():
        return "source-failed"
    return "ok" if np.isfinite(losses).all() else "diverged"
