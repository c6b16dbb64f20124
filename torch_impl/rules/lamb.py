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
    c1, c2 = (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (1.0, 1.0)
    d = (m / c1).div_((v / c2).sqrt_().add_(rule.epsilon))
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d.add_(theta, alpha=rule.weight_decay)
    ours, step = theta.norm(), d.norm()
    ratio = where(ours > 0, where(step > 0, ours / step, 1.0), 1.0)
    theta.sub_(d, alpha=ratio * rate)
