"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import Literal, assert_never

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import RMSprop as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    names = ["square_avg"] + ["grad_avg"] * rule.centered + ["momentum_buffer"] * (rule.momentum > 0)
    return {name: torch.zeros_like(theta) for name in names}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of RMSprop."""
    v = state["square_avg"]
    v.mul_(rule.rho)
    v.addcmul_(g, g, value=1 - rule.rho)
    q = v
    if rule.centered:
        a = state["grad_avg"]
        a.lerp_(g, 1 - rule.rho)
        q = v.addcmul(a, a, value=-1)
    match rule.epsilon_position:
        case "outside-root":
            root = q.sqrt().add_(rule.epsilon)
        case "inside-root":
            root = q.add(rule.epsilon).sqrt_()
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        theta.addcdiv_(g, root, value=-rate)
        return
    b = state["momentum_buffer"]
    b.mul_(rule.momentum)
    b.addcdiv_(g, root, value=rate if rule.learning_rate_in_velocity else 1)
    theta.sub_(b, alpha=1 if rule.learning_rate_in_velocity else rate)


class RMSprop(DropIn):
    """torch.optim.RMSprop, and with `epsilon_position="inside-root"` and `learning_rate_in_velocity=True` Keras's."""

    family = Family(Rule, start, update, {"rho": "alpha"})

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "outside-root",
        learning_rate_in_velocity: bool = False,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            epsilon_position=epsilon_position,
            learning_rate_in_velocity=learning_rate_in_velocity,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
