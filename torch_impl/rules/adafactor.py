"""Adafactor; the equations are at comparisons.rules.Adafactor."""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import Adafactor as Rule
from torch_impl.drop_ins.arguments import Family, Group, State
from torch_impl.drop_ins.base import Coupling, DropIn, Rate


def start(rule: Rule, theta: Tensor) -> State:
    """The second moments of rows and columns, or of the elements of a vector."""
    if theta.ndim < 2:
        return {"variance": torch.zeros_like(theta)}
    return {"row_var": torch.zeros_like(theta[..., :1]), "col_var": torch.zeros_like(theta[..., :1, :])}


def update(rule: Rule, t: int, rate: float, theta: Tensor, g: Tensor, state: State) -> None:
    """Step t of Adafactor on a whole tensor."""
    floor = rule.epsilon1_position == "floor"
    epsilon1 = torch.finfo(theta.dtype).eps if rule.epsilon1 is None else rule.epsilon1
    scale = max(rule.epsilon2, _rms(theta))
    if rule.weight_decay and rule.weight_decay_coupling == "decoupled" and not rule.decays_first:
        theta.sub_(theta, alpha=rate * rule.weight_decay)
    _advance_moments(t**rule.beta2_decay, g * g if floor else (g * g).add_(epsilon1), state)
    if theta.ndim < 2:
        variance = state["variance"].clone()
    else:
        rows, columns = state["row_var"], state["col_var"]
        mean = rows.mean(dim=-2, keepdim=True)
        variance = (rows * columns).div_(mean.clamp_(min=epsilon1) if floor else mean)
    if floor:
        variance.clamp_(min=epsilon1 * epsilon1)
    d = variance.rsqrt_().mul_(g)
    theta.sub_(d, alpha=scale * min(rate, t**-0.5) / max(1.0, _rms(d) / rule.clip_threshold))


def _advance_moments(weight: float, square: Tensor, state: State) -> None:
    if "variance" in state:
        state["variance"].lerp_(square, weight)
        return
    for moment, dim in ((state["row_var"], -1), (state["col_var"], -2)):
        moment.lerp_(square.mean(dim=dim, keepdim=True), weight)


def _rms(x: Tensor) -> float:
    return float(torch.linalg.vector_norm(x)) / math.sqrt(x.numel())


class Adafactor(DropIn):
    """torch.optim.Adafactor, and with `epsilon1_position="added"` and `scale_after_decay=True` Keras's.

    Rows and columns are the last two axes: of a convolution's kernel the channels in Keras, the window in torch.
    """

    family = Family(Rule, start, update, {"epsilon1": ("eps", 0), "epsilon2": ("eps", 1), "clip_threshold": "d"})

    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        epsilon1_position: Literal["floor", "added"] = "floor",
        scale_after_decay: bool = False,
        weight_decay_coupling: Coupling = "decoupled",
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            beta2_decay=beta2_decay,
            eps=eps,
            d=d,
            weight_decay=weight_decay,
            epsilon1_position=epsilon1_position,
            scale_after_decay=scale_after_decay,
            weight_decay_coupling=weight_decay_coupling,
            maximize=maximize,
        )

    def check(self, group: Group) -> None:
        """Also that an epsilon which is added is a number."""
        super().check(group)
        if group["eps"][0] is None and group["epsilon1_position"] == "added":
            raise BadInput("Adafactor: eps[0] is None; where it is added it must be a finite number, 0 or above")
