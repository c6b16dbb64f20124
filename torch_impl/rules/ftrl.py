"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import torch
from torch import Tensor

from comparisons.rules import Ftrl
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, where


def start(rule: Ftrl, theta: Tensor) -> dict[str, Tensor]:
    """The sum of squared gradients and the linear term."""
    return {"a": torch.full_like(theta, rule.initial_accumulator), "z": torch.zeros_like(theta)}


def update(rule: Ftrl, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of FTRL; at a learning rate of 0, by which the equations divide, nothing moves."""
    a, z = state["a"], state["z"]
    moves, k = rate > 0, -rule.learning_rate_power
    if moves is False:
        return
    n = a + g * g
    linear = z + (g + 2 * rule.l2_shrinkage * theta - (n**k - a**k) / rate * theta)
    q = n**k / rate + 2 * (rule.l2 + rule.beta / (2 * rate))
    theta.copy_(where(moves, (linear.clamp(-rule.l1, rule.l1) - linear) / q, theta))
    z.copy_(where(moves, linear, z))
    a.copy_(where(moves, n, a))
