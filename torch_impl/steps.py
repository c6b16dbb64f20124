"""Adam's step by itself, on given tensors: what a step of an optimizer costs here."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from torch_impl.optimizers import from_rule


def steps(rule: Adam, tensors: list[Array]) -> dict[str, Callable[[], None]]:
    """Variant to a function that takes one step; the gradients are the tensors themselves, at the start."""
    arguments: dict[str, Any] = {"lr": rule.learning_rate, "betas": (rule.beta1, rule.beta2), "eps": rule.epsilon}
    native: dict[str, dict[str, bool]] = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
    made: dict[str, torch.optim.Optimizer] = {
        f"torch {name}": torch.optim.Adam(parameters(tensors), **{**arguments, **how}) for name, how in native.items()
    }
    made["torch drop-in"] = from_rule(rule, parameters(tensors))
    return {name: optimizer.step for name, optimizer in made.items()}


def parameters(tensors: list[Array]) -> list[nn.Parameter]:
    """The tensors as parameters with a gradient."""
    made = [nn.Parameter(torch.tensor(tensor)) for tensor in tensors]
    for parameter in made:
        parameter.grad = parameter.detach().clone()
    return made
