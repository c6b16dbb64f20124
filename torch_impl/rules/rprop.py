"""Rprop; the equations are at comparisons.rules.Rprop."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import Rprop as Rule
from comparisons.rules import rate_at
from torch_impl.drop_ins.arguments import Family, Group, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The step sizes and the gradient before."""
    return {"step_size": torch.full_like(theta, rate_at(rule.learning_rate, 0)), "prev": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of Rprop."""
    size, before = state["step_size"], state["prev"]
    turn = g * before
    size.mul_(torch.ones_like(turn).masked_fill_(turn > 0, rule.growth).masked_fill_(turn < 0, rule.shrinkage))
    size.clamp_(rule.smallest, rule.largest)
    before.copy_(g).masked_fill_(turn < 0, 0)
    theta.addcmul_(before.sign(), size, value=-1)


class Rprop(DropIn):
    """torch.optim.Rprop; Keras has none."""

    family = Family(
        Rule,
        start,
        update,
        {"shrinkage": ("etas", 0), "growth": ("etas", 1), "smallest": ("step_sizes", 0), "largest": ("step_sizes", 1)},
    )

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        weight_decay: float = 0.0,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            etas=etas,
            step_sizes=step_sizes,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )

    def check(self, group: Group) -> None:
        """Also that the step sizes are in order."""
        super().check(group)
        smallest, largest = group["step_sizes"]
        if smallest > largest:
            raise BadInput(f"Rprop: step_sizes is {group['step_sizes']!r}; it must be a pair in ascending order")
