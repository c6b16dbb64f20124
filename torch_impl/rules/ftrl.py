"""FTRL-proximal; the equations are at comparisons.rules.Ftrl."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import Ftrl as Rule
from torch_impl.drop_ins.arguments import Family, Group, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The sum of squared gradients and the linear term."""
    return {"accumulator": torch.full_like(theta, rule.initial_accumulator), "linear": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of FTRL."""
    a, z = state["accumulator"], state["linear"]
    k = -rule.learning_rate_power
    before = a.pow(k)
    a.addcmul_(g, g)
    power = a.pow(k)
    z.add_(g).add_(theta, alpha=2 * rule.l2_shrinkage).sub_((power - before).div_(rate).mul_(theta))
    q = power.add_(rule.beta).div_(rate).add_(2 * rule.l2)
    theta.copy_(z.clamp(-rule.l1, rule.l1).sub_(z).div_(q))


class Ftrl(DropIn):
    """Keras's Ftrl, by Keras's defaults; torch has none."""

    family = Family(
        Rule, start, update, {"learning_rate_power": "lr_power", "initial_accumulator": "initial_accumulator_value"}
    )

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        lr_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
        l2_shrinkage: float = 0.0,
        beta: float = 0.0,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "decoupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lr_power=lr_power,
            initial_accumulator_value=initial_accumulator_value,
            l1=l1,
            l2=l2,
            l2_shrinkage=l2_shrinkage,
            beta=beta,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )

    def check(self, group: Group) -> None:
        """Also that the learning rate, a divisor, is not 0."""
        super().check(group)
        if group["lr"] == 0:
            raise BadInput(f"Ftrl: lr is {group['lr']}; it must be a finite number above 0")
