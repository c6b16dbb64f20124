"""Lion; the equations are at comparisons.rules.Lion."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import Lion as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running mean of gradients."""
    return {"exp_avg": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of Lion."""
    m = state["exp_avg"]
    theta.sub_(m.mul(rule.beta1).add_(g, alpha=1 - rule.beta1).sign_(), alpha=rate)
    m.mul_(rule.beta2)
    m.add_(g, alpha=1 - rule.beta2)


class Lion(DropIn):
    """Keras's Lion, by Keras's defaults; torch has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "decoupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
