"""NAdam; the equations are at comparisons.rules.NAdam."""

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.rules import NAdam as Rule
from torch_impl.drop_ins.arguments import Family, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The running means of gradients and of squared gradients, and the product of momenta, a number."""
    return {"mu_product": 1.0, "exp_avg": torch.zeros_like(theta), "exp_avg_sq": torch.zeros_like(theta)}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of NAdam."""
    m, v = state["exp_avg"], state["exp_avg_sq"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2)
    v.addcmul_(g, g, value=1 - rule.beta2)
    now, ahead = (rule.beta1 * (1 - 0.5 * 0.96 ** (i * rule.momentum_decay)) for i in (t, t + 1))
    product = state["mu_product"] = state["mu_product"] * now
    n = m.mul(ahead / (1 - product * ahead)).add_(g, alpha=(1 - now) / (1 - product))
    theta.addcdiv_(n, v.div(1 - rule.beta2**t).sqrt_().add_(rule.epsilon), value=-rate)


class NAdam(DropIn):
    """torch.optim.NAdam, and with `momentum_decay=1.0` Keras's.

    The product of momenta is kept in float64; torch keeps it in float32 whatever the parameters are.
    """

    family = Family(Rule, start, update)

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
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
            momentum_decay=momentum_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )
