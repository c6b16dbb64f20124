"""Train a problem in PyTorch."""

import torch

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone, own_axes
from torch_impl.device import tensor
from torch_impl.floatx import floatx
from torch_impl.losses import loss_of
from torch_impl.models import Model, build
from torch_impl.stepper import Stepper


@each_replica_alone
def train(problem: Problem, optimizer: Trainable) -> History:
    """Train every replica for the task's steps, with torch's own optimizers for calls, with drop-ins for rules."""
    record = Record(problem)
    with record.timed("setup"):
        model = build(problem, own_axes=own_axes(problem, optimizer))
        stepper = Stepper(training_of(optimizer), dict(model.named_parameters()))
        walk = walker(problem, model, stepper, record)

    @torch.no_grad()
    def accuracy(x: Array, t: Array) -> Array:
        hits = model(tensor(x)).argmax(dim=-1) == tensor(t).argmax(dim=-1)
        return hits.to(torch.float64).mean(dim=-1).numpy(force=True)

    for start, stop, batches in problem.chunks():
        with stepper.evaluated():
            record.measure(start, accuracy)
        with record.timed("training"), floatx(problem.dtype):
            walk(range(start, stop), batches)
    with stepper.evaluated():
        record.measure(problem.task.steps, accuracy)
    params = {name: parameter.numpy(force=True) for name, parameter in model.named_parameters()}
    return record.history(params, stepper.evaluated_average())


def walker(problem: Problem, model: Model, stepper: Stepper, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples."""
    inputs, targets = tensor(problem.inputs), tensor(problem.targets)
    objective = loss_of(problem.task.loss)
    # the scalar differentiated is the sum over replicas, times the micro-batch's share of an update
    weights = torch.full((problem.replicas,), stepper.weight, dtype=inputs.dtype, device=inputs.device)

    def walk(steps: range, batches: Array | None) -> None:
        x, t = inputs, targets
        for step in steps:
            if batches is not None:
                rows = tensor(batches[step - steps.start])
                x, t = inputs[rows], targets[rows]
            if record.path is not None:
                record.path[step] = model.get_parameter("theta").numpy(force=True)
            losses = objective(model(x), t)
            losses.backward(weights)
            stepper.step()
            record.losses[step] = losses.numpy(force=True)

    return walk
