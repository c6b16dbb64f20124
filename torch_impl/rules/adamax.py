"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import assert_never

import torch
from torch import Tensor

from comparisons.rules import Adamax
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: Adamax, theta: Tensor) -> dict[str, Tensor]:
    """The running mean of gradients and the largest gradient, fading."""
    return {"m": torch.zeros_like(theta), "u": torch.zeros_like(theta)}


def update(rule: Adamax, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Adamax."""
    m, u = state["m"], state["u"]
    m.lerp_(g, 1 - rule.beta1)
    match rule.epsilon_position:
        case "in-maximum":
            u.mul_(rule.beta2).maximum_(g.abs().add_(rule.epsilon))
            root = u
        case "added":
            u.mul_(rule.beta2).maximum_(g.abs())
            root = u + rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta.addcdiv_(m, root, value=-(rate / (1 - rule.beta1**t)))
