"""Train a problem in PyTorch."""

import torch
from torch import nn

from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone
from torch_impl.device import tensor
from torch_impl.floatx import floatx
from torch_impl.losses import loss_of
from torch_impl.models import Model, build
from torch_impl.optimizers import build as build_native
from torch_impl.optimizers import clip_, from_rule


@each_replica_alone
def train(problem: Problem, optimizer: NativeCall | Rule) -> History:
    """Train every replica for the task's steps, with torch's own optimizer for a call, with a drop-in for a rule."""
    record = Record(problem)
    with record.timed("setup"):
        model = build(problem)
        stepper = stepper_of(optimizer, list(model.parameters()))
        walk = walker(problem, model, stepper, record)

    @torch.no_grad()
    def accuracy(x: Array, t: Array) -> Array:
        hits = model(tensor(x)).argmax(dim=-1) == tensor(t).argmax(dim=-1)
        return hits.to(torch.float64).mean(dim=-1).numpy(force=True)

    for start, stop, batches in problem.chunks():
        record.measure(start, accuracy)
        with record.timed("training"), floatx(problem.dtype):
            walk(range(start, stop), batches)
    record.measure(problem.task.steps, accuracy)
    return record.history({name: parameter.numpy(force=True) for name, parameter in model.named_parameters()})


def stepper_of(optimizer: NativeCall | Rule, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer over the parameters; torch clips outside of it, here just before its step."""
    if isinstance(optimizer, NativeCall):
        return build_native(optimizer, parameters)
    stepper = from_rule(optimizer, parameters)
    if (clip := optimizer.clip) is not None:
        stepper.register_step_pre_hook(lambda *_: clip_(clip, parameters))
    return stepper


def walker(problem: Problem, model: Model, optimizer: torch.optim.Optimizer, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples."""
    inputs, targets = tensor(problem.inputs), tensor(problem.targets)
    objective = loss_of(problem.task.loss)
    # the scalar differentiated is the sum over replicas
    ones = torch.ones(problem.replicas, dtype=inputs.dtype, device=inputs.device)

    def walk(steps: range, batches: Array | None) -> None:
        x, t = inputs, targets
        for step in steps:
            if batches is not None:
                rows = tensor(batches[step - steps.start])
                x, t = inputs[rows], targets[rows]
            if record.path is not None:
                record.path[step] = model.get_parameter("theta").numpy(force=True)
            optimizer.zero_grad()
            losses = objective(model(x), t)
            losses.backward(ones)
            optimizer.step()
            record.losses[step] = losses.numpy(force=True)

    return walk
