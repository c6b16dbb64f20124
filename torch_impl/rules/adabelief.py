"""AdaBelief; the equations are at comparisons.rules.AdaBelief."""

import torch
from torch import Tensor

from comparisons.rules import AdaBelief
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: AdaBelief, theta: Tensor) -> dict[str, Tensor]:
    """The running means of gradients and of their squared deviations."""
    return {"m": torch.zeros_like(theta), "s": torch.zeros_like(theta)}


def update(rule: AdaBelief, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of AdaBelief."""
    m, s = state["m"], state["s"]
    m.lerp_(g, 1 - rule.beta1)
    d = g - m
    s.mul_(rule.beta2).addcmul_(d, d, value=1 - rule.beta2).add_(rule.epsilon)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    root = (s / c2).sqrt_().add_(rule.epsilon)
    theta.addcdiv_(m, root, value=-(rate / c1))
