"""Adadelta; the equations are at comparisons.rules.Adadelta."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import Adadelta as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running means of squared gradients and of squared steps."""
    return {"square_avg": torch.zeros_like(theta), "acc_delta": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of Adadelta."""
    s, x = state["square_avg"], state["acc_delta"]
    s.mul_(rule.rho)
    s.addcmul_(g, g, value=1 - rule.rho)
    d = x.add(rule.epsilon).sqrt_().div_(s.add(rule.epsilon).sqrt_()).mul_(g)
    x.mul_(rule.rho)
    x.addcmul_(d, d, value=1 - rule.rho)
    theta.sub_(d, alpha=rate)


class Adadelta(DropIn):
    """torch.optim.Adadelta and Keras's, which differ in their defaults."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
