"""LAMB; the equations are at comparisons.rules.Lamb."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import Lamb as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running means of gradients and of squared gradients."""
    return {"exp_avg": torch.zeros_like(theta), "exp_avg_sq": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state["exp_avg"], state["exp_avg_sq"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2)
    v.addcmul_(g, g, value=1 - rule.beta2)
    d = m.div(1 - rule.beta1**t).div_(v.div(1 - rule.beta2**t).sqrt_().add_(rule.epsilon))
    ours, step = float(torch.linalg.vector_norm(theta)), float(torch.linalg.vector_norm(d))
    theta.sub_(d, alpha=(ours / step if ours > 0 and step > 0 else 1.0) * rate)


class Lamb(DropIn):
    """Keras's Lamb, by Keras's defaults; torch has none."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Coupling = "decoupled",
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
