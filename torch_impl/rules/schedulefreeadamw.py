"""Schedule-Free AdamW; the equations are at comparisons.rules.ScheduleFreeAdamW."""

import torch
from torch import Tensor

from comparisons.rules import ScheduleFreeAdamW
from torch_impl.rules import State
from torch_impl.rules.schedulefreesgd import sums, warmed, weight
from torch_impl.tensors import Scalar, Tensors

SCALARS = {"W": 0.0, "L": 0.0}


def start(rule: ScheduleFreeAdamW, theta: Tensor) -> dict[str, Tensor]:
    """The iterate that is averaged, and the running mean of squared gradients."""
    return {"z": theta.detach().clone(), "v": torch.zeros_like(theta)}


def update(rule: ScheduleFreeAdamW, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Schedule-Free AdamW."""
    z, v, rate = state["z"], state["v"], warmed(rule, t, rate)
    v.mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
    d = 1.0 / (v / (1 - rule.beta2**t)).sqrt_().add_(rule.epsilon) * g
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d.add_(theta, alpha=rule.weight_decay)
    c = weight(rule, t, rate, state)
    if rule.aliased:
        z.sub_(d, alpha=rate)
        theta.lerp_(z, c)
    else:
        theta.lerp_(z, c).sub_(d, alpha=rate * (1 - rule.beta1 * (1 - c)))
        z.sub_(d, alpha=rate)


def advance(rule: ScheduleFreeAdamW, t: Scalar, rate: Scalar, scalars: State) -> dict[str, Scalar]:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]
