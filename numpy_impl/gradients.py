"""Gradients by hand and by central differences, and gradient descent that remembers its path."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import Beside, InitialEvaluation
from numpy_impl.layers import ReLU
from numpy_impl.losses import loss_of
from numpy_impl.models import Model, Network, build

Function = Callable[[Array], float]


@np.errstate(all="ignore")  # overflow is a result here, as in a training
def at_start(problem: Problem) -> InitialEvaluation:
    """Outputs, losses and gradients before the first update, the model walked backward by hand."""
    model = build(problem)
    x, t = problem.first_samples()
    outputs = model.forward(x)
    losses, gradient = loss_of(problem.task.loss)(outputs, t)
    model.backward(gradient)
    return InitialEvaluation(
        params=model.parameters.values, outputs=outputs, losses=losses, gradients=model.parameters.gradients
    )


def gradients(problem: Problem) -> dict[str, Array]:
    """Name to the gradient (replicas, ...) of the summed loss at the start, on the first step's samples."""
    return at_start(problem).gradients


@np.errstate(all="ignore")
def losses_beside(problem: Problem, elements: dict[str, Array], h: float) -> dict[str, Beside]:
    """Name to the first replica's losses at theta + h e_i and theta - h e_i, for each element i, at the start.

    Args:
        problem: of one replica.
        elements: name to the flat indices i (elements,) of the parameter.
    """
    model, (x, t) = build(problem), problem.first_samples()
    objective = loss_of(problem.task.loss)
    found = {}
    for name, indices in elements.items():
        theta = model.parameters.values[name].reshape(-1)
        here = theta[indices]
        losses = np.empty((2, len(indices)), theta.dtype)
        kink = np.zeros(len(indices), bool)
        for i, index in enumerate(indices):
            active = []
            for side, sign in zip(losses, (h, -h), strict=True):
                theta[index] = here[i] + sign
                side[i] = objective(model.forward(x), t)[0][0]
                active.append(_active(model))
            theta[index] = here[i]
            kink[i] = active[0] != active[1]
        found[name] = Beside(above=losses[0], below=losses[1], kink=kink)
    return found


def _active(model: Model) -> list[bytes]:
    """Which units of the last forward pass were positive, in each layer with a kink at 0."""
    layers = model.rest if isinstance(model, Network) else []
    return [(layer.y > 0).tobytes() for layer in layers if isinstance(layer, ReLU)]


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
