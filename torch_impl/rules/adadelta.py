"""Adadelta; the equations are at comparisons.rules.Adadelta."""

import torch
from torch import Tensor

from comparisons.rules import Adadelta
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: Adadelta, theta: Tensor) -> dict[str, Tensor]:
    """The running means of squared gradients and of squared steps."""
    return {"s": torch.zeros_like(theta), "x": torch.zeros_like(theta)}


def update(rule: Adadelta, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of Adadelta."""
    s, x = state["s"], state["x"]
    s.mul_(rule.rho).addcmul_(g, g, value=1 - rule.rho)
    d = (x + rule.epsilon).sqrt_().div_((s + rule.epsilon).sqrt_()).mul_(g)
    x.mul_(rule.rho).addcmul_(d, d, value=1 - rule.rho)
    theta.sub_(d, alpha=rate)
