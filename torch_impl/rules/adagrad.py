"""Adagrad; the equations are at comparisons.rules.Adagrad."""

from dataclasses import replace
from typing import Literal, assert_never

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import Adagrad as Rule
from comparisons.rules import InverseTimeDecay, Schedule
from comparisons.rules.ranges import check_number
from torch_impl.drop_ins.arguments import Family, Group, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The sum of squared gradients."""
    return {"sum": torch.full_like(theta, rule.initial_accumulator)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """One step of Adagrad."""
    a = state["sum"]
    a.addcmul_(g, g)
    match rule.epsilon_position:
        case "outside-root":
            root = a.sqrt().add_(rule.epsilon)
        case "inside-root":
            root = a.add(rule.epsilon).sqrt_()
        case _:
            assert_never(rule.epsilon_position)
    theta.addcdiv_(g, root, value=-rate)


class Adagrad(DropIn):
    """torch.optim.Adagrad, and with `epsilon_position="inside-root"` Keras's.

    `lr_decay` is torch's word for lr=InverseTimeDecay(initial=lr, rate=lr_decay).
    """

    family = Family(Rule, start, update, {"initial_accumulator": "initial_accumulator_value"})

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "outside-root",
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            epsilon_position=epsilon_position,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )

    def rule(self, group: Group) -> Rule:
        """With lr_decay in its learning rate."""
        rule: Rule = super().rule(group)
        if not group["lr_decay"]:
            return rule
        decay = InverseTimeDecay(initial=float(group["lr"]), rate=float(group["lr_decay"]))
        return replace(rule, learning_rate=decay)

    def check(self, group: Group) -> None:
        """Also lr_decay."""
        super().check(group)
        check_number("Adagrad", "lr_decay", group["lr_decay"], "learning_rate_decay")
        if group["lr_decay"] and isinstance(group["lr"], Schedule):
            raise BadInput(f"Adagrad: lr_decay is {group['lr_decay']}; with a Schedule as lr it must be 0")
