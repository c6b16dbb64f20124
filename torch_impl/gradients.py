"""Gradients of a problem at its start, by autograd."""

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import InitialEvaluation
from torch_impl.device import tensor
from torch_impl.losses import loss_of
from torch_impl.models import build


def at_start(problem: Problem) -> InitialEvaluation:
    """Outputs, losses and gradients before the first update; autograd walks the model backward."""
    model = build(problem)
    x, t = (tensor(samples) for samples in problem.first_samples())
    outputs = model(x)
    losses = loss_of(problem.task.loss)(outputs, t)
    losses.sum().backward()
    parameters = dict(model.named_parameters())
    return InitialEvaluation(
        params={name: parameter.numpy(force=True) for name, parameter in parameters.items()},
        outputs=outputs.numpy(force=True),
        losses=losses.numpy(force=True),
        gradients={name: p.grad.numpy(force=True) for name, p in parameters.items() if p.grad is not None},
    )


def gradients(problem: Problem) -> dict[str, Array]:
    """Name to the gradient (replicas, ...) of the summed loss at the start, on the first step's samples."""
    return at_start(problem).gradients
