"""Lion; the equations are at comparisons.rules.Lion."""

import torch
from torch import Tensor

from comparisons.rules import Lion
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: Lion, theta: Tensor) -> dict[str, Tensor]:
    """The running mean of gradients."""
    return {"m": torch.zeros_like(theta)}


def update(rule: Lion, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of Lion."""
    m = state["m"]
    theta.sub_((m * rule.beta1).add_(g, alpha=1 - rule.beta1).sign_(), alpha=rate)
    m.mul_(rule.beta2).add_(g, alpha=1 - rule.beta2)
