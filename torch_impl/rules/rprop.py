"""Rprop; the equations are at comparisons.rules.Rprop."""

import torch
from torch import Tensor

from comparisons.rules import Rprop
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, where


def start(rule: Rprop, theta: Tensor) -> dict[str, Tensor]:
    """The step sizes and the gradient before."""
    return {"d": torch.zeros_like(theta), "h": torch.zeros_like(theta)}


def update(rule: Rprop, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of Rprop."""
    d, h = state["d"], state["h"]
    turn = g * h
    factor = where(turn > 0, rule.growth, turn.map(torch.ones_like))
    factor = where(turn < 0, rule.shrinkage, factor)
    first = where(t == 1, rate, d)  # what the learning rate is, is known in a step only
    d.copy_((first * factor).clamp(rule.smallest, rule.largest))
    h.copy_(where(turn < 0, 0.0, g))
    theta.addcmul_(h.sign(), d, value=-1)
