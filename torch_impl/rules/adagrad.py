"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from typing import assert_never

import torch
from torch import Tensor

from comparisons.rules import Adagrad
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: Adagrad, theta: Tensor) -> dict[str, Tensor]:
    """The sum of squared gradients."""
    return {"a": torch.full_like(theta, rule.initial_accumulator)}


def update(rule: Adagrad, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of Adagrad."""
    a = state["a"]
    a.addcmul_(g, g)
    match rule.epsilon_position:
        case "outside-root":
            root = a.sqrt().add_(rule.epsilon)
        case "inside-root":
            root = (a + rule.epsilon).sqrt_()
        case _:
            assert_never(rule.epsilon_position)
    theta.addcdiv_(g, root, value=-rate)
