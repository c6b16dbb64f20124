"""Clipping of gradients before a step; the formulas are at comparisons.rules.surroundings."""

from collections.abc import Sequence
from typing import Literal, assert_never

import tensorflow as tf

from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue


def clipped(clip: Clip | None, gradients: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
    """The gradients of all variables, clipped; a rule without clipping has None, and none is."""
    match clip:
        case None:
            return gradients
        case ClipValue(limit=limit):
            return [tf.clip_by_value(g, -limit, limit) for g in gradients]
        case ClipNorm(limit=limit, formula=formula):
            return [_scaled(g, _norm([g]), limit, formula) for g in gradients]
        case ClipGlobalNorm(limit=limit, formula=formula):
            norm = _norm(gradients)
            if formula == "exact":
                scale = limit * tf.minimum(1 / norm, 1 / limit)  # Keras's order of operations
                scale = scale + (norm - norm)  # Keras lets an infinite norm spoil all gradients: it counts as NaN
                return [g * tf.cast(scale, g.dtype) for g in gradients]
            return [_scaled(g, norm, limit, formula) for g in gradients]
        case _:
            assert_never(clip)


def _norm(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    """The norm of all gradients together, in the widest of their dtypes."""
    widest = max((g.dtype for g in gradients), key=lambda dtype: dtype.size)
    return tf.sqrt(tf.reduce_sum(tf.stack([tf.cast(tf.reduce_sum(g * g), widest) for g in gradients])))


def _scaled(g: tf.Tensor, norm: tf.Tensor, limit: float, formula: Literal["padded", "exact"]) -> tf.Tensor:
    match formula:
        case "padded":
            return g * tf.cast(tf.minimum(limit / (norm + 1e-6), 1.0), g.dtype)
        case "exact":
            return g * limit / tf.cast(tf.maximum(norm, limit), g.dtype)
        case _:
            assert_never(formula)
