"""The models as nn.Modules; autograd walks them backward."""

from collections.abc import Callable
from typing import assert_never

import torch
from torch import Tensor, nn

from comparisons.tasks import spec
from comparisons.tasks.problem import Problem, bare
from torch_impl.device import tensor


class Point(nn.Module):
    """The parameter `theta` (replicas, k) is itself the output, for the task's one sample."""

    def __init__(self, start: dict[str, Tensor]) -> None:
        super().__init__()
        self.theta = nn.Parameter(start["theta"])

    def forward(self, _: Tensor) -> Tensor:
        """(1, 0) to (replicas, 1, k)."""
        return self.theta[:, None]


class Network(nn.Module):
    """Affine layers with an activation between them; weights are (replicas, in, out), biases (replicas, 1, out).

    Those of a single replica may lack that axis: (in, out) and (out).
    """

    def __init__(self, model: spec.Network, start: dict[str, Tensor]) -> None:
        super().__init__()
        self.layers = len(model.hidden) + 1
        self.activation = activation(model.activation)
        for name, value in start.items():
            self.register_parameter(name, nn.Parameter(value))

    def forward(self, x: Tensor) -> Tensor:
        """(replicas or none, n, d) to (replicas, n, k)."""
        x = x.expand(len(self.weight(1)), -1, -1)
        for i in range(1, self.layers + 1):
            if i > 1:
                x = self.activation(x)
            x = torch.bmm(x, self.weight(i))
            bias = getattr(self, f"bias{i}", None)
            if bias is not None:
                x = x + bias
        return x

    def weight(self, i: int) -> Tensor:
        """The i-th weight (from 1), (replicas, in, out)."""
        weight: Tensor = getattr(self, f"weight{i}")
        return weight if weight.ndim == 3 else weight[None]


def activation(name: spec.Activation) -> Callable[[Tensor], Tensor]:
    """The function that applies an activation."""
    match name:
        case "identity":
            return lambda x: x
        case "sigmoid":
            return torch.sigmoid
        case "relu":
            return torch.relu
        case _:
            assert_never(name)


Model = Point | Network


def build(problem: Problem, *, own_axes: bool = False) -> Model:
    """The task's model at its starting point; of one replica also without the replica axis."""
    params = bare(problem.params) if own_axes else problem.params
    start = {name: tensor(array).clone() for name, array in params.items()}
    match problem.task.model:
        case spec.Point():
            return Point(start)
        case spec.Network() as model:
            return Network(model, start)
        case _:
            assert_never(problem.task.model)
