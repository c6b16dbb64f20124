"""Clipping of gradients before a step; the formulas are at comparisons.rules.surroundings."""

from collections.abc import Sequence
from typing import assert_never

import numpy as np

from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.surroundings import Formula
from comparisons.tasks.streams import Array


def clipped(clip: Clip | None, gradients: Sequence[Array]) -> Sequence[Array]:
    """The gradients of all tensors, clipped; a rule without clipping has None."""
    match clip:
        case None:
            return gradients
        case ClipValue(limit=limit):
            return [np.clip(g, -limit, limit) for g in gradients]
        case ClipNorm(limit=limit, formula=formula):
            return [_scaled(g, float(np.sqrt((g * g).sum())), limit, formula) for g in gradients]
        case ClipGlobalNorm(limit=limit, formula=formula):
            norm = float(np.sqrt(sum((g * g).sum() for g in gradients)))
            if formula == "exact" and not np.isfinite(norm):
                norm = np.nan  # Keras lets an infinite norm spoil all gradients; in torch the finite ones become 0
            return [_scaled(g, norm, limit, formula) for g in gradients]
        case _:
            assert_never(clip)


def _scaled(g: Array, norm: float, limit: float, formula: Formula) -> Array:
    match formula:
        case "padded":
            return g * float(np.minimum(1.0, limit / (norm + 1e-6)))  # NaN stays NaN
        case "exact":
            return g * (limit / max(norm, limit))
        case _:
            assert_never(formula)
