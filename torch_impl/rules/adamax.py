"""Adamax; the equations are at comparisons.rules.Adamax."""

from typing import Literal, assert_never

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import Adamax as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running mean of gradients and the largest gradient, fading."""
    return {"exp_avg": torch.zeros_like(theta), "exp_inf": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of Adamax."""
    m, u = state["exp_avg"], state["exp_inf"]
    m.lerp_(g, 1 - rule.beta1)
    u.mul_(rule.beta2)
    match rule.epsilon_position:
        case "in-maximum":
            torch.maximum(u, g.abs().add_(rule.epsilon), out=u)
            root = u
        case "added":
            torch.maximum(u, g.abs(), out=u)
            root = u.add(rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    theta.addcdiv_(m, root, value=-rate / (1 - rule.beta1**t))


class Adamax(DropIn):
    """torch.optim.Adamax, and with `epsilon_position="added"` Keras's."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        epsilon_position: Literal["in-maximum", "added"] = "in-maximum",
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            epsilon_position=epsilon_position,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
