"""LAMB; the equations are at comparisons.rules.Lamb."""

import torch
from torch import Tensor

from comparisons.rules import Lamb
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, where


def start(rule: Lamb, theta: Tensor) -> dict[str, Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": torch.zeros_like(theta), "v": torch.zeros_like(theta)}


def update(rule: Lamb, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state["m"], state["v"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
    d = (m / (1 - rule.beta1**t)).div_((v / (1 - rule.beta2**t)).sqrt_().add_(rule.epsilon))
    ours, step = theta.norm(), d.norm()
    ratio = where(ours > 0, where(step > 0, ours / step, 1.0), 1.0)
    theta.sub_(d, alpha=ratio * rate)
