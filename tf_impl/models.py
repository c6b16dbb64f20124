"""The models as tf.Modules; the tape walks them backward."""

from collections.abc import Callable
from typing import assert_never

import tensorflow as tf

from comparisons.tasks import spec
from comparisons.tasks.problem import Problem, bare


class Point(tf.Module):
    """The parameter `theta` (replicas, k) is itself the output, for the task's one sample."""

    def __init__(self, start: dict[str, tf.Variable]) -> None:
        super().__init__()
        self.parameters = start
        self.theta = start["theta"]

    def __call__(self, _: tf.Tensor) -> tf.Tensor:
        """(1, 0) to (replicas, 1, k)."""
        return self.theta[:, None]


class Network(tf.Module):
    """Affine layers with an activation between them; weights are (replicas, in, out), biases (replicas, 1, out).

    Those of a single replica may lack that axis: (in, out) and (out).
    """

    def __init__(self, model: spec.Network, start: dict[str, tf.Variable]) -> None:
        super().__init__()
        self.layers = len(model.hidden) + 1
        self.activation = activation(model.activation)
        self.parameters = start

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """(replicas or none, n, d) to (replicas, n, k)."""
        for i in range(1, self.layers + 1):
            if i > 1:
                x = self.activation(x)
            x = x @ self.weight(i)
            bias = self.parameters.get(f"bias{i}")
            if bias is not None:
                x = x + bias
        return x

    def weight(self, i: int) -> tf.Tensor:
        """The i-th weight (from 1), (replicas, in, out)."""
        weight = self.parameters[f"weight{i}"]
        return weight if len(weight.shape) == 3 else weight[None]


def activation(name: spec.Activation) -> Callable[[tf.Tensor], tf.Tensor]:
    """The function that applies an activation."""
    match name:
        case "identity":
            return tf.identity
        case "sigmoid":
            return tf.sigmoid
        case "relu":
            return tf.nn.relu
        case _:
            assert_never(name)


Model = Point | Network


def build(problem: Problem, *, own_axes: bool = False) -> Model:
    """The task's model at its starting point; of one replica also without the replica axis."""
    params = bare(problem.params) if own_axes else problem.params
    return assemble(problem.task.model, {name: tf.Variable(array, name=name) for name, array in params.items()})


@tf.autograph.experimental.do_not_convert  # also called where steps are traced
def assemble(model: spec.Model, start: dict[str, tf.Variable]) -> Model:
    """The model over the given parameters, or over what is computed of variables."""
    match model:
        case spec.Point():
            return Point(start)
        case spec.Network():
            return Network(model, start)
        case _:
            assert_never(model)
