"""RAdam; the equations are at comparisons.rules.RAdam."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import RAdam as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running means of gradients and of squared gradients."""
    return {"exp_avg": torch.zeros_like(theta), "exp_avg_sq": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of RAdam."""
    m, v = state["exp_avg"], state["exp_avg_sq"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2)
    v.addcmul_(g, g, value=1 - rule.beta2)
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    longest = 2 / (1 - rule.beta2) - 1
    length = longest - 2 * t * rule.beta2**t / c2
    if length <= 5:
        theta.sub_(m, alpha=rate / c1)
        return
    rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    theta.addcdiv_(m, v.sqrt().add_(rule.epsilon), value=-rate / c1 * (c2 * rectified) ** 0.5)


class RAdam(DropIn):
    """torch.optim.RAdam; Keras has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "coupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
