"""Adam; the equations are at comparisons.rules.Adam."""

from dataclasses import replace
from typing import assert_never

import torch
from torch import Tensor

from comparisons.rules import Adam
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, where


def start(rule: Adam, theta: Tensor) -> dict[str, Tensor]:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return {symbol: torch.zeros_like(theta) for symbol in ("mvw" if rule.amsgrad else "mv")}


def update(rule: Adam, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Adam."""
    if rule.lazy:
        before = {symbol: tensors.clone() for symbol, tensors in (state | {"theta": theta}).items()}
        update(replace(rule, lazy=False), t, rate, theta, g, state)
        for symbol, tensors in (state | {"theta": theta}).items():
            tensors.copy_(where(touched(g), tensors, before[symbol]))
        return
    m, v = state["m"], state["v"]
    m.lerp_(g, 1 - rule.beta1)
    v.mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
    if rule.amsgrad:
        w = state["w"]
        w.maximum_(v)
        v = w
    c1, c2 = corrections(rule, t)
    if rule.nesterov:  # times c1
        m = (m * (rule.beta1 * c1 / (1 - rule.beta1 ** (t + 1)))).add_(g, alpha=1 - rule.beta1)
    match rule.epsilon_position:
        case "corrected-root":
            root = v.sqrt() / c2**0.5
            if rule.root_epsilon:
                root = (v / c2 + rule.root_epsilon).sqrt_()
            root.add_(rule.epsilon)
            theta.addcdiv_(m, root, value=-(rate / c1))
        case "uncorrected-root":
            root = v.sqrt().add_(rule.epsilon)
            theta.addcdiv_(m, root, value=-(rate * c2**0.5 / c1))
        case _:
            assert_never(rule.epsilon_position)


def touched(g: Tensors) -> Tensors:
    """Whether a row has a gradient."""
    return g.map(lambda x: (x != 0).any(dim=-1, keepdim=True) if x.ndim > 1 else x != 0)


def corrections(rule: Adam, t: Scalar) -> tuple[Scalar, Scalar]:
    """What the two means are divided by, as they start at 0."""
    return (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (1.0, 1.0)
