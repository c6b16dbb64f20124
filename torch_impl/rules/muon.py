"""Muon; the equations are at comparisons.rules.Muon."""

from typing import assert_never

import torch
from torch import Tensor

from comparisons.names import BadInput
from comparisons.rules import Muon
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: Muon, theta: Tensor) -> dict[str, Tensor]:
    """The velocity of a matrix."""
    if theta.ndim < 2:
        raise BadInput(f"Muon: a tensor has {theta.ndim} axes; it moves matrices, give the others a rule of their own")
    return {"b": torch.zeros_like(theta)}


def update(rule: Muon, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Muon on a matrix, or on each of a stack."""
    b, new = state["b"], 1 - rule.momentum if rule.velocity == "mean" else 1.0
    b.mul_(rule.momentum).add_(g, alpha=new)
    u = (b * rule.momentum).add_(g, alpha=new) if rule.nesterov else b
    theta.sub_(u.map(lambda x: orthogonal(rule, x) * scale_of(rule, *x.shape[-2:])), alpha=rate)


def orthogonal(rule: Muon, u: Tensor) -> Tensor:
    """The matrix with singular values near 1, by Newton-Schulz steps."""
    x = u.bfloat16() if rule.iteration_dtype == "bfloat16" else u
    x = x.mT if u.shape[-2] > u.shape[-1] else x
    norm = torch.linalg.matrix_norm(x, keepdim=True)
    x = x / (norm.clamp(min=rule.epsilon) if rule.epsilon_position == "floor" else norm + rule.epsilon)
    for _ in range(rule.iterations):
        a = x @ x.mT
        x = summed(x, summed(a, a, a, rule.ns_b, rule.ns_c), x, rule.ns_a, 1.0)
    x = x.to(u.dtype)
    return x.mT if u.shape[-2] > u.shape[-1] else x


def summed(x: Tensor, one: Tensor, other: Tensor, beta: float, alpha: float) -> Tensor:
    """beta x + alpha one other, rounded once."""
    if x.ndim == 2:
        return torch.addmm(x, one, other, beta=beta, alpha=alpha)
    flat = [part.flatten(end_dim=-3) for part in (x, one, other)]
    return torch.baddbmm(*flat, beta=beta, alpha=alpha).reshape(x.shape)


def scale_of(rule: Muon, rows: int, columns: int) -> float:
    """By what the orthogonal matrix is multiplied, beside the learning rate."""
    match rule.scale:
        case "aspect":
            return max(1.0, rows / columns) ** 0.5
        case "rms":
            return rule.rms_rate * max(rows, columns) ** 0.5
        case "none":
            return 1.0
        case _:
            assert_never(rule.scale)
