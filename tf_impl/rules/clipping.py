"""Clipping of gradients as torch does it; the formula "padded" at comparisons.rules.surroundings."""

from collections.abc import Sequence

import tensorflow as tf


def clipped_by_norm(gradients: Sequence[tf.Tensor], limit: float) -> list[tf.Tensor]:
    """Each tensor's gradient to the norm `limit` at most."""
    return [_scaled(g, tf.sqrt(_square(g)), limit) for g in gradients]


def clipped_by_global_norm(gradients: Sequence[tf.Tensor], limit: float) -> list[tf.Tensor]:
    """The gradients of all tensors together to the norm `limit` at most."""
    norm = tf.sqrt(tf.add_n([_square(g) for g in gradients]))
    return [_scaled(g, norm, limit) for g in gradients]


def _square(g: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.reduce_sum(g * g), tf.float64)


def _scaled(g: tf.Tensor, norm: tf.Tensor, limit: float) -> tf.Tensor:
    return g * tf.cast(tf.minimum(limit / (norm + 1e-6), 1.0), g.dtype)
