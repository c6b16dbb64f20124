"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import ASGD as Rule
from comparisons.rules import rate_at
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The rate of the next step, a number, and the average of the path."""
    return {"eta": rate_at(rule.learning_rate, 0), "ax": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    eta, average = state["eta"], state["ax"]
    theta.mul_(1 - rule.decay * eta)
    theta.sub_(g, alpha=eta)
    average.lerp_(theta, 1 / max(1.0, t - 1 - rule.average_from))
    state["eta"] = rate / (1 + rule.decay * rate * t) ** rule.power


class ASGD(DropIn):
    """torch.optim.ASGD; Keras has none.

    The rate of the next step is kept in float64; torch keeps it in float32 whatever the parameters are.
    """

    family = Family(Rule, start, update, {"decay": "lambd", "power": "alpha", "average_from": "t0"})

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lambd=lambd,
            alpha=alpha,
            t0=t0,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
