"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import assert_never

import torch
from torch import Tensor

from comparisons.rules import RMSprop
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: RMSprop, theta: Tensor) -> dict[str, Tensor]:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    symbols = ["v"] + ["a"] * rule.centered + ["b"] * bool(rule.momentum)
    initial = {"v": rule.initial_accumulator}
    return {symbol: torch.full_like(theta, initial.get(symbol, 0.0)) for symbol in symbols}


def update(rule: RMSprop, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of RMSprop."""
    v = state["v"]
    v.mul_(rule.rho).addcmul_(g, g, value=1 - rule.rho)
    q = v / (1 - rule.rho**t) if rule.bias_correction else v
    if rule.centered:
        a = state["a"]
        a.lerp_(g, 1 - rule.rho)
        q = v.addcmul(a, a, value=-1)
    match rule.epsilon_position:
        case "outside-root":
            root = q.sqrt().add_(rule.epsilon)
        case "inside-root":
            root = (q + rule.epsilon).sqrt_()
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        theta.addcdiv_(g, root, value=-rate)
        return
    b = state["b"]
    inside, outside = (rate, 1.0) if rule.learning_rate_in_velocity else (1.0, rate)
    b.mul_(rule.momentum).addcdiv_(g, root, value=inside)
    theta.sub_((b * rule.momentum).addcdiv_(g, root, value=inside) if rule.nesterov else b, alpha=outside)
