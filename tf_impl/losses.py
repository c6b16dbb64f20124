"""Losses; the tape differentiates them.

Each takes outputs y (replicas, n, k) and targets t (n, k) or (replicas, n, k), and returns the loss of each replica
(replicas,), a mean over its n samples.
"""

from collections.abc import Callable
from typing import assert_never

import tensorflow as tf

from comparisons.tasks.spec import TEXTBOOK_DELTA, Loss

Objective = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def loss_of(name: Loss) -> Objective:
    """The loss of that name."""
    match name:
        case "sum-squared-error":
            return sum_squared_error
        case "mean-squared-error":
            return mean_squared_error
        case "half-squared-error":
            return half_squared_error
        case "softmax-cross-entropy":
            return softmax_cross_entropy
        case "textbook-cross-entropy":
            return textbook_cross_entropy
        case _:
            assert_never(name)


def sum_squared_error(y: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
    """Sum over outputs of (y - t)^2, mean over samples."""
    return tf.reduce_sum(tf.square(y - t), axis=(-2, -1)) / y.shape[-2]


def mean_squared_error(y: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
    """Mean over outputs and samples of (y - t)^2."""
    return tf.reduce_mean(tf.square(y - t), axis=(-2, -1))


def half_squared_error(y: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
    """Sum over outputs of (y - t)^2 / 2, mean over samples."""
    return tf.reduce_sum(tf.square(y - t), axis=(-2, -1)) * (0.5 / y.shape[-2])


def softmax_cross_entropy(y: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
    """-sum over classes of t log softmax(y), mean over samples; stable."""
    return -tf.reduce_sum(t * tf.nn.log_softmax(y), axis=(-2, -1)) / y.shape[-2]


def textbook_cross_entropy(y: tf.Tensor, t: tf.Tensor) -> tf.Tensor:
    """-sum over classes of t log(softmax(y) + 1e-7), mean over samples: as textbooks keep the logarithm finite."""
    return -tf.reduce_sum(t * tf.math.log(tf.nn.softmax(y) + TEXTBOOK_DELTA), axis=(-2, -1)) / y.shape[-2]
