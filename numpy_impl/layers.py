"""Layers: `forward` keeps what `backward` needs; `backward` turns the gradient at the output into that at the input."""

from typing import Protocol

import numpy as np

from comparisons.tasks.streams import Array
from numpy_impl.functions import relu, sigmoid


class Layer(Protocol):
    """What every layer can do; arrays are (replicas, n, units)."""

    def forward(self, x: Array) -> Array:
        """The layer's output."""

    def backward(self, gradient: Array) -> Array:
        """The loss's gradient at the input, from the one at the output of the last `forward`."""


class Affine:
    """x W + b. The gradients of W and b are written into the given arrays.

    Args:
        weight: (replicas, in, out), and its gradient.
        bias: (replicas, 1, out), a row that is added to every sample, and its gradient; None for a layer without.
    """

    def __init__(self, weight: Array, weight_gradient: Array, bias: Array | None, bias_gradient: Array | None) -> None:
        self.weight, self.weight_gradient = weight, weight_gradient
        self.bias, self.bias_gradient = bias, bias_gradient

    def forward(self, x: Array) -> Array:
        """(replicas or none, n, in) to (replicas, n, out)."""
        self.x = x
        y = product(x, self.weight)
        if self.bias is not None:
            y += self.bias
        return y

    def learn(self, gradient: Array) -> None:
        """Write the gradients of weight and bias."""
        product(self.x.swapaxes(-1, -2), gradient, out=self.weight_gradient)
        if self.bias_gradient is not None:
            over_samples(gradient, out=self.bias_gradient)

    def backward(self, gradient: Array) -> Array:
        """Write the gradients of weight and bias; return the one at the input."""
        self.learn(gradient)
        return product(gradient, self.weight.swapaxes(-1, -2))


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """a @ b for each replica.

    Outer products, which one sample a step makes of many replicas, go through einsum: the same bits, as nothing is
    added up, but one loop instead of a call of BLAS for each replica.
    """
    if a.shape[-1] == 1 and len(b) > 1:
        return np.einsum("...ij,...jk->...ik", a, b, out=out)
    return np.matmul(a, b, out=out)


def over_samples(gradient: Array, out: Array) -> None:
    """Sum (replicas, n, units) over the samples, into (replicas, 1, units).

    einsum adds row to row as `sum` does, to the same bits, and is up to four times as fast; a column of one unit it
    adds in another order.
    """
    if gradient.shape[-1] > 1:
        np.einsum("...ij->...j", gradient, out=out[..., 0, :])
    else:
        gradient.sum(axis=-2, keepdims=True, out=out)


class Sigmoid:
    """The sigmoid, elementwise."""

    def forward(self, x: Array) -> Array:
        """1 / (1 + exp(-x))."""
        self.y = sigmoid(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """gradient y (1 - y)."""
        slope = 1 - self.y
        slope *= self.y
        slope *= gradient
        return slope


class ReLU:
    """The positive part, elementwise."""

    def forward(self, x: Array) -> Array:
        """max(x, 0)."""
        self.y = relu(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """gradient where the output was positive, else 0."""
        return gradient * (self.y > 0)
