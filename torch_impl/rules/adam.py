"""Adam; the equations are at comparisons.rules.Adam."""

from typing import Literal, assert_never

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import Adam as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    return {name: torch.zeros_like(theta) for name in names[: 3 if rule.amsgrad else 2]}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of Adam."""
    m, v = state["exp_avg"], state["exp_avg_sq"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2)
    v.addcmul_(g, g, value=1 - rule.beta2)
    w = v
    if rule.amsgrad:
        w = state["max_exp_avg_sq"]
        torch.maximum(w, v, out=w)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    match rule.epsilon_position:
        case "corrected-root":  # sqrt(v / c2) + epsilon, times sqrt(c2)
            epsilon = rule.epsilon * c2**0.5
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta.addcdiv_(m, w.sqrt().add_(epsilon), value=-rate * c2**0.5 / c1)


class Adam(DropIn):
    """torch.optim.Adam, and with `epsilon_position="uncorrected-root"` Keras's.

    With `weight_decay_coupling="decoupled"` it is AdamW.
    """

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        epsilon_position: Literal["corrected-root", "uncorrected-root"] = "corrected-root",
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            epsilon_position=epsilon_position,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
