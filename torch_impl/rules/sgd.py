"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import SGD as Rule
from torch_impl.drop_ins.arguments import Family, Group, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """Nothing: the velocity comes with the first step that has a momentum, as in torch."""
    return {}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of gradient descent."""
    if not rule.momentum:
        theta.sub_(g, alpha=rate)
        return
    first = state.get("momentum_buffer") is None
    if first:
        state["momentum_buffer"] = torch.zeros_like(theta)
    v = state["momentum_buffer"]
    if rule.learning_rate_in_velocity:
        v.mul_(rule.momentum)
        v.sub_(g, alpha=rate)
        theta.add_(v.mul(rule.momentum).sub_(g, alpha=rate) if rule.nesterov else v)
        return
    v.mul_(rule.momentum)
    v.add_(g, alpha=1 if first else 1 - rule.dampening)
    theta.sub_(g.add(v, alpha=rule.momentum) if rule.nesterov else v, alpha=rate)


class SGD(DropIn):
    """torch.optim.SGD, and with `learning_rate_in_velocity=True` Keras's."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        learning_rate_in_velocity: bool = False,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            learning_rate_in_velocity=learning_rate_in_velocity,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )

    def check(self, group: Group) -> None:
        """Also that nesterov has a velocity to look ahead along, as torch would have it."""
        super().check(group)
        if group["nesterov"] and not group["momentum"]:
            raise BadInput(f"SGD: momentum is {group['momentum']}; with nesterov it must be above 0")
