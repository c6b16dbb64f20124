"""Losses; autograd differentiates them.

Each takes outputs y (replicas, n, k) and targets t (n, k) or (replicas, n, k), and returns the loss of each replica
(replicas,), a mean over its n samples.
"""

from collections.abc import Callable
from typing import assert_never

import torch
from torch import Tensor

from comparisons.tasks.spec import TEXTBOOK_DELTA, Loss

Objective = Callable[[Tensor, Tensor], Tensor]


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


def sum_squared_error(y: Tensor, t: Tensor) -> Tensor:
    """Sum over outputs of (y - t)^2, mean over samples."""
    return (y - t).square().sum(dim=(-2, -1)) / y.shape[-2]


def mean_squared_error(y: Tensor, t: Tensor) -> Tensor:
    """Mean over outputs and samples of (y - t)^2."""
    return (y - t).square().mean(dim=(-2, -1))


def half_squared_error(y: Tensor, t: Tensor) -> Tensor:
    """Sum over outputs of (y - t)^2 / 2, mean over samples."""
    return (y - t).square().sum(dim=(-2, -1)) * (0.5 / y.shape[-2])


def softmax_cross_entropy(y: Tensor, t: Tensor) -> Tensor:
    """-sum over classes of t log softmax(y), mean over samples; stable."""
    return -(t * torch.log_softmax(y, dim=-1)).sum(dim=(-2, -1)) / y.shape[-2]


def textbook_cross_entropy(y: Tensor, t: Tensor) -> Tensor:
    """-sum over classes of t log(softmax(y) + 1e-7), mean over samples: as textbooks keep the logarithm finite."""
    return -(t * torch.log(torch.softmax(y, dim=-1) + TEXTBOOK_DELTA)).sum(dim=(-2, -1)) / y.shape[-2]
