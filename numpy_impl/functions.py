"""Activation functions and their derivatives, elementwise on arrays of any shape and floating dtype.

Large inputs neither overflow nor lose the answer.
"""

import numpy as np

from comparisons.tasks.streams import Array


def identity(x: Array) -> Array:
    """x itself."""
    return x


def step(x: Array) -> Array:
    """1 where x > 0, else 0."""
    return (x > 0).astype(x.dtype)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)); where x < 0 it is exp(x) / (1 + exp(x)), so that nothing overflows.

    One power for both: the larger of exp(-abs(x)) and of the 1 or 0 that says x >= 0 is what is above the line.
    What is computed is written over what it is computed from: to map new memory takes longer than the power.
    """
    powers = np.abs(x, out=np.empty_like(x))
    np.negative(powers, out=powers)
    np.exp(powers, out=powers)
    above = np.maximum(powers, x >= 0)
    powers += 1
    above /= powers
    return above


def relu(x: Array) -> Array:
    """The positive part of x."""
    return np.maximum(x, 0)


def softmax(x: Array) -> Array:
    """exp(x) over its sum along the last axis; the largest is subtracted first, which changes nothing but overflow."""
    powers = np.exp(x - _largest(x))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(x: Array) -> Array:
    """log(softmax(x)), finite also where softmax rounds to zero."""
    shifted = x - _largest(x)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _largest(x: Array) -> Array:
    """The largest along the last axis, which is kept: faster by whole rows than by the few numbers of each."""
    return np.moveaxis(x, -1, 0).copy().max(axis=0)[..., None]


# Derivatives, given the function's output y: that is what a layer has at hand on the way back.


def identity_derivative(y: Array) -> Array:
    """1 everywhere."""
    return np.ones_like(y)


def step_derivative(y: Array) -> Array:
    """0 everywhere (at the jump, too: nothing can be learned through it)."""
    return np.zeros_like(y)


def sigmoid_derivative(y: Array) -> Array:
    """y (1 - y)."""
    return y * (1 - y)


def relu_derivative(y: Array) -> Array:
    """1 where the output is positive, else 0; at x = 0 it is 0, as in torch and TensorFlow."""
    return step(y)


def softmax_derivative(y: Array, gradient: Array) -> Array:
    """The Jacobian applied to `gradient` (both (..., classes)): y (gradient - sum(gradient y))."""
    return y * (gradient - (gradient * y).sum(axis=-1, keepdims=True))
