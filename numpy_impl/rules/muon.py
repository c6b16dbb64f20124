"""Muon; the equations are at comparisons.rules.Muon."""

from typing import assert_never

import numpy as np

from comparisons.names import BadInput
from comparisons.rules import Muon
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Muon, theta: Array) -> State:
    """The velocity of a matrix."""
    if theta.ndim < 2:
        raise BadInput(f"Muon: a tensor has {theta.ndim} axes; it moves matrices, give the others a rule of their own")
    return {"b": np.zeros_like(theta)}


def update(rule: Muon, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Muon on a matrix, or on each of a stack."""
    b, new = state["b"], 1 - rule.momentum if rule.velocity == "mean" else 1.0
    b[...] = rule.momentum * b + new * g
    u = rule.momentum * b + new * g if rule.nesterov else b
    theta -= rate * scale_of(rule, *theta.shape[-2:]) * orthogonal(rule, u)


def orthogonal(rule: Muon, u: Array) -> Array:
    """The matrix with singular values near 1, by Newton-Schulz steps."""
    rounded = bfloat16 if rule.iteration_dtype == "bfloat16" else np.asarray
    x = rounded(u.swapaxes(-1, -2) if u.shape[-2] > u.shape[-1] else u)
    norm = rounded(np.sqrt((x * x).sum(axis=(-1, -2), keepdims=True)))
    x = rounded(
        x / rounded(np.maximum(norm, rule.epsilon) if rule.epsilon_position == "floor" else norm + rule.epsilon)
    )
    for _ in range(rule.iterations):
        a = rounded(x @ x.swapaxes(-1, -2))
        x = rounded(rule.ns_a * x + rounded(rule.ns_b * a + rule.ns_c * (a @ a)) @ x)
    x = x.astype(u.dtype)
    return x.swapaxes(-1, -2) if u.shape[-2] > u.shape[-1] else x


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


def bfloat16(x: Array) -> Array:
    """The numbers rounded to bfloat16, in float32, whose upper half it is: products of such are summed in float32."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    even = bits + 0x7FFF + ((bits >> 16) & 1)
    return np.where(np.isfinite(x), (even & 0xFFFF0000).astype(np.uint32).view(np.float32), x.astype(np.float32))
