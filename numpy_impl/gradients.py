"""Gradients by central differences, and gradient descent that remembers its path."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from comparisons.contract import Array

Function = Callable[[Array], float]


def numerical_gradient(function: Function, x: ArrayLike, h: float = 1e-4) -> Array:
    """(f(x + h e_i) - f(x - h e_i)) / 2h for every coordinate i, in float64; same shape as x.

    `function` gets a copy of x, so x stays as it is, whatever happens. The error falls with h^2 until rounding,
    which grows with 1/h, takes over: 1e-4 is the usual choice of the texts, about right in float64.
    """
    point = np.array(x, dtype=np.float64)
    gradient = np.empty_like(point)
    for i in np.ndindex(point.shape):
        here = point[i]
        point[i] = here + h
        above = function(point)
        point[i] = here - h
        below = function(point)
        point[i] = here
        gradient[i] = (above - below) / (2 * h)
    return gradient


def gradient_descent(
    function: Function,
    start: ArrayLike,
    learning_rate: float = 0.01,
    steps: int = 100,
    gradient: Callable[[Function, Array], Array] = numerical_gradient,
) -> tuple[Array, Array]:
    """Walk `steps` times against the gradient; return where it ends and the path (steps + 1, *shape), in float64."""
    x = np.array(start, dtype=np.float64)
    path = [x]
    for _ in range(steps):
        x = x - learning_rate * gradient(function, x)
        path.append(x)
    return x, np.stack(path)
