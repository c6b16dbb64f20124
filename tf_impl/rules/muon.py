"""Muon; the equations are at comparisons.rules.Muon."""

from typing import assert_never

import tensorflow as tf

from comparisons.names import BadInput
from comparisons.rules import Muon
from tf_impl.rules import State


def start(rule: Muon, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The velocity of a matrix."""
    if len(theta.shape) < 2:
        axes = len(theta.shape)
        raise BadInput(f"Muon: a tensor has {axes} axes; it moves matrices, give the others a rule of their own")
    return {"b": tf.zeros_like(theta)}


def update(rule: Muon, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Muon on a matrix, or on each of a stack."""
    b, new = state["b"], 1 - rule.momentum if rule.velocity == "mean" else 1.0
    b.assign(rule.momentum * b + new * g)
    u = rule.momentum * b + new * g if rule.nesterov else b
    theta.assign_sub(rate * scale_of(rule, *theta.shape[-2:]) * orthogonal(rule, tf.convert_to_tensor(u)))


def orthogonal(rule: Muon, u: tf.Tensor) -> tf.Tensor:
    """The matrix with singular values near 1, by Newton-Schulz steps."""
    rounded = bfloat16 if rule.iteration_dtype == "bfloat16" else tf.identity
    x = rounded(tf.linalg.matrix_transpose(u) if u.shape[-2] > u.shape[-1] else u)
    norm = rounded(tf.sqrt(tf.reduce_sum(x * x, axis=(-1, -2), keepdims=True)))
    x = rounded(
        x / rounded(tf.maximum(norm, rule.epsilon) if rule.epsilon_position == "floor" else norm + rule.epsilon)
    )
    for _ in range(rule.iterations):
        a = rounded(tf.matmul(x, x, transpose_b=True))
        x = rounded(rule.ns_a * x + rounded(rule.ns_b * a + rule.ns_c * (a @ a)) @ x)
    x = tf.cast(x, u.dtype)
    return tf.linalg.matrix_transpose(x) if u.shape[-2] > u.shape[-1] else x


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


def bfloat16(x: tf.Tensor) -> tf.Tensor:
    """The numbers rounded to bfloat16, in float32: products of such are summed in float32 everywhere."""
    return tf.cast(tf.cast(x, tf.bfloat16), tf.float32)
