"""Losses and their derivatives.

Each takes outputs y (replicas, n, k) and targets t (n, k) or (replicas, n, k), and returns the loss of each replica
(replicas,), a mean over its n samples, and the derivative with respect to y (replicas, n, k).
"""

from collections.abc import Callable
from typing import assert_never

import numpy as np

from comparisons.tasks.spec import TEXTBOOK_DELTA, Loss
from comparisons.tasks.streams import Array
from numpy_impl.functions import log_softmax, softmax, softmax_derivative

Objective = Callable[[Array, Array], tuple[Array, Array]]


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


def sum_squared_error(y: Array, t: Array) -> tuple[Array, Array]:
    """Sum over outputs of (y - t)^2, mean over samples."""
    n, error = y.shape[-2], y - t
    return (error * error).sum(axis=(-2, -1)) / n, error * (2 / n)


def mean_squared_error(y: Array, t: Array) -> tuple[Array, Array]:
    """Mean over outputs and samples of (y - t)^2."""
    count, error = y.shape[-2] * y.shape[-1], y - t
    return (error * error).sum(axis=(-2, -1)) / count, error * (2 / count)


def half_squared_error(y: Array, t: Array) -> tuple[Array, Array]:
    """Sum over outputs of (y - t)^2 / 2, mean over samples."""
    n, error = y.shape[-2], y - t
    return (error * error).sum(axis=(-2, -1)) * (0.5 / n), error / n


def softmax_cross_entropy(y: Array, t: Array) -> tuple[Array, Array]:
    """-sum over classes of t log softmax(y), mean over samples; stable."""
    n, logs = y.shape[-2], log_softmax(y)
    return -(t * logs).sum(axis=(-2, -1)) / n, (np.exp(logs) * t.sum(axis=-1, keepdims=True) - t) / n


def textbook_cross_entropy(y: Array, t: Array) -> tuple[Array, Array]:
    """-sum over classes of t log(softmax(y) + 1e-7), mean over samples: as textbooks keep the logarithm finite."""
    n, p = y.shape[-2], softmax(y)
    shifted = p + TEXTBOOK_DELTA
    return -(t * np.log(shifted)).sum(axis=(-2, -1)) / n, softmax_derivative(p, -t / shifted) / n
