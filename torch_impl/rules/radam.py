"""RAdam; the equations are at comparisons.rules.RAdam."""

from typing import assert_never

import torch
from torch import Tensor

from comparisons.rules import RAdam
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, where


def start(rule: RAdam, theta: Tensor) -> dict[str, Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": torch.zeros_like(theta), "v": torch.zeros_like(theta)}


def update(rule: RAdam, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of RAdam."""
    m, v = state["m"], state["v"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    longest = 2 / (1 - rule.beta2) - 1
    length = longest - 2 * t * rule.beta2**t / c2
    d = m / c1 * rate
    rectifies = length > 5
    if longest <= 5 or rectifies is False:
        theta.sub_(d)
        return
    rectified = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
    match rule.epsilon_position:
        case "corrected-root":
            adapted = 1 / (v.sqrt() / c2**0.5).add_(rule.epsilon)
        case "uncorrected-root":
            adapted = c2**0.5 / v.sqrt().add_(rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta.sub_(where(rectifies, d * adapted * rectified, d))
