"""NAdam; the equations are at comparisons.rules.NAdam."""

import torch
from torch import Tensor

from comparisons.rules import NAdam
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, number

SCALARS = {"P": 1.0}


def start(rule: NAdam, theta: Tensor) -> dict[str, Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": torch.zeros_like(theta), "v": torch.zeros_like(theta)}


def update(rule: NAdam, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of NAdam."""
    m, v = state["m"], state["v"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
    now, ahead, c2 = momentum(rule, t), momentum(rule, t + 1), 1 - rule.beta2**t
    product = number(state["P"] * now)
    root = (v / c2).sqrt_().add_(rule.epsilon)
    theta.addcdiv_(g, root, value=-rate * (1 - now) / (1 - product))
    theta.addcdiv_(m, root, value=-rate * ahead / (1 - product * ahead))


def advance(rule: NAdam, t: Scalar, rate: Scalar, scalars: State) -> dict[str, Scalar]:
    """The product of the momenta up to step t."""
    return {"P": scalars["P"] * momentum(rule, t)}


def momentum(rule: NAdam, t: Scalar) -> Scalar:
    """The momentum of step t."""
    return rule.beta1 * (1 - 0.5 * 0.96 ** (t * rule.momentum_decay))
