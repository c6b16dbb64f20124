"""Train one problem with many optimizers at once, on the replica axis: a pass forward and backward serves all."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.recorder import Part, parts_of
from torch_impl.device import tensor
from torch_impl.floatx import floatx
from torch_impl.losses import loss_of
from torch_impl.models import build
from torch_impl.stepper import Stepper


def train_many(problem: Problem, optimizers: Sequence[Trainable]) -> Array:
    """The losses (optimizers, replicas, steps) of the problem with each optimizer.

    Each has its own object of torch.optim (one for each replica if it is not elementwise) over its rows of the stack.
    """
    many, replicas = len(optimizers), problem.replicas
    params = {name: np.tile(array, (many, *[1] * (array.ndim - 1))) for name, array in problem.params.items()}
    model, objective = build(replace(problem, seeds=problem.seeds * many, params=params)), loss_of(problem.task.loss)
    rows = [Rows(dict(model.named_parameters()), part) for part in parts_of(optimizers, replicas)]
    inputs, targets = tensor(problem.inputs), tensor(problem.targets)
    weights = torch.cat([inputs.new_full((len(one.part.rows),), one.stepper.weight) for one in rows])
    losses = np.empty((problem.task.steps, many * replicas), problem.dtype)
    for start, stop, batches in problem.chunks():
        x, t = inputs, targets
        for step in range(start, stop):
            if batches is not None:
                drawn = tensor(np.tile(batches[step - start], (many, 1)))
                x, t = inputs[drawn], targets[drawn]
            found = objective(model(x), t)
            model.zero_grad()
            found.backward(weights)
            with floatx(problem.dtype):
                for one in rows:
                    one.step()
            losses[step] = found.numpy(force=True)
    return losses.T.reshape(many, replicas, -1)


class Rows:
    """Some replicas of the stack, as parameters of their own that lie where the stack's do, and what steps them."""

    def __init__(self, stack: dict[str, nn.Parameter], part: Part) -> None:
        self.stack, self.part = stack, part
        self.parameters = {name: nn.Parameter(self._of(theta.detach())) for name, theta in stack.items()}
        self.stepper = Stepper(training_of(part.optimizer), self.parameters)

    def step(self) -> None:
        """After the stack's backward pass: its gradients are added to those of micro-batches before."""
        for name, theta in self.parameters.items():
            gradient = self.stack[name].grad
            if gradient is not None:
                g = self._of(gradient)
                theta.grad = g if theta.grad is None else theta.grad + g
        self.stepper.step()

    def _of(self, stacked: Tensor) -> Tensor:
        return stacked[self.part.rows.start : self.part.rows.stop]
