"""The models, forward and backward by hand."""

from collections.abc import Iterable, Sequence
from typing import assert_never

import numpy as np

from comparisons.tasks import spec
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl.layers import Affine, Layer, ReLU, Sigmoid


class Parameters:
    """Named arrays that lie one behind the other in a flat one, and their gradients likewise.

    An elementwise optimizer steps on the flat arrays at once; `values[name]` and `gradients[name]` are views of them.

    Args:
        start: by name.
        groups: names whose arrays are to lie together.
    """

    def __init__(self, start: dict[str, Array], groups: Sequence[Sequence[str]] = ()) -> None:
        self.order = in_groups(start, groups)
        self.flat = np.concatenate([start[name].ravel() for name in self.order])
        self.flat_gradient = np.zeros_like(self.flat)
        self.ends = np.cumsum([start[name].size for name in self.order])
        self.shapes = {name: array.shape for name, array in start.items()}
        self.values, self.gradients = self.views(self.flat), self.views(self.flat_gradient)

    def views(self, flat: Array) -> dict[str, Array]:
        """The parts of an array that is laid out as the flat one, by name."""
        parts = dict(zip(self.order, np.split(flat, self.ends[:-1], axis=-1), strict=True))
        return {name: parts[name].reshape(shape) for name, shape in self.shapes.items()}

    def block(self, names: Sequence[str]) -> slice | None:
        """Where in the flat array these lie, if they lie together and are alone there."""
        first = self.order.index(names[0]) if names else 0
        last = first + len(names)
        if not names or self.order[first:last] != list(names):
            return None
        return slice(int(self.ends[first - 1]) if first else 0, int(self.ends[last - 1]))


def in_groups(names: Iterable[str], groups: Sequence[Sequence[str]]) -> list[str]:
    """The names, those of a group one behind the other, and those of none at the end."""
    grouped = [name for group in groups for name in group]
    return [*grouped, *(name for name in names if name not in grouped)]


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


def build(problem: Problem, groups: Sequence[Sequence[str]] = ()) -> Model:
    """The task's model at its starting point; the parameters of a group lie together."""
    return assemble(problem.task.model, Parameters(problem.params, groups))


def assemble(model: spec.Model, parameters: Parameters) -> Model:
    """The model over the given parameters."""
    match model:
        case spec.Point():
            return Point(parameters)
        case spec.Network():
            return Network(model, parameters)
        case _:
            assert_never(model)
