"""The models, forward and backward by hand."""

from typing import assert_never

import numpy as np

from comparisons.tasks import spec
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl.layers import Affine, Layer, ReLU, Sigmoid


class Parameters:
    """Named arrays that lie one behind the other in a flat one, and their gradients likewise.

    An elementwise optimizer steps on the flat arrays at once; `values[name]` and `gradients[name]` are views of them.
    """

    def __init__(self, start: dict[str, Array]) -> None:
        self.flat = np.concatenate([array.ravel() for array in start.values()])
        self.flat_gradient = np.zeros_like(self.flat)
        ends = np.cumsum([array.size for array in start.values()])[:-1]
        shapes = {name: array.shape for name, array in start.items()}
        self.values = self._views(self.flat, ends, shapes)
        self.gradients = self._views(self.flat_gradient, ends, shapes)

    @staticmethod
    def _views(flat: Array, ends: Array, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
        parts = zip(np.split(flat, ends, axis=-1), shapes.items(), strict=True)
        return {name: part.reshape(shape) for part, (name, shape) in parts}


class Point:
    """The parameter `theta` (replicas, k) is itself the output, for the task's one sample."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.theta = parameters.values["theta"]

    def forward(self, _: Array) -> Array:
        """(1, 0) to (replicas, 1, k)."""
        return self.theta[:, None]

    def backward(self, gradient: Array) -> None:
        """Write the gradient of theta."""
        self.parameters.gradients["theta"][...] = gradient[:, 0]


class Network:
    """Affine layers with an activation between them."""

    def __init__(self, model: spec.Network, parameters: Parameters) -> None:
        self.parameters = parameters
        self.first, *others = [affine(parameters, i) for i in range(1, len(model.hidden) + 2)]
        self.rest: list[Layer] = [layer for other in others for layer in (*activation(model.activation), other)]

    def forward(self, x: Array) -> Array:
        """(replicas or none, n, d) to (replicas, n, k)."""
        y = self.first.forward(x)
        for layer in self.rest:
            y = layer.forward(y)
        return y

    def backward(self, gradient: Array) -> None:
        """Write the gradients of all parameters, from the one at the output."""
        for layer in reversed(self.rest):
            gradient = layer.backward(gradient)
        self.first.learn(gradient)


def affine(parameters: Parameters, i: int) -> Affine:
    """The i-th affine layer (from 1), with a bias if there is one."""
    values, gradients, weight, bias = parameters.values, parameters.gradients, f"weight{i}", f"bias{i}"
    return Affine(values[weight], gradients[weight], values.get(bias), gradients.get(bias))


def activation(name: spec.Activation) -> list[Layer]:
    """The layer that applies an activation; none for the identity."""
    match name:
        case "identity":
            return []
        case "sigmoid":
            return [Sigmoid()]
        case "relu":
            return [ReLU()]
        case _:
            assert_never(name)


Model = Point | Network


def build(problem: Problem) -> Model:
    """The task's model at its starting point."""
    return assemble(problem.task.model, Parameters(problem.params))


def assemble(model: spec.Model, parameters: Parameters) -> Model:
    """The model over the given parameters."""
    match model:
        case spec.Point():
            return Point(parameters)
        case spec.Network():
            return Network(model, parameters)
        case _:
            assert_never(model)
