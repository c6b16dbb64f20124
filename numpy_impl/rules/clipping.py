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
            return [g * _scale(float(np.sqrt((g * g).sum())), limit, formula) for g in gradients]
        case ClipGlobalNorm():
            scale = scale_of_all(clip, gradients)
            return [g * scale for g in gradients]
        case _:
            assert_never(clip)


def scale_of_all(clip: ClipGlobalNorm, gradients: Sequence[Array]) -> float:
    """What the gradients of all tensors are multiplied by."""
    norm = float(np.sqrt(sum((g * g).sum() for g in gradients)))
    if clip.formula == "exact" and not np.isfinite(norm):
        norm = np.nan  # Keras lets an infinite norm spoil all gradients; in torch the finite ones become 0
    return _scale(norm, clip.limit, clip.formula)


def _scale(norm: float, limit: float, formula: Formula) -> float:
    match formula:
        case "padded":
            return float(np.minimum(1.0, limit / (norm + 1e-6)))  # NaN stays NaN
        case "exact":
            return limit / max(norm, limit)
        case _:
            assert_never(formula)
