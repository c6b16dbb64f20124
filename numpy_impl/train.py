"""Train a problem in NumPy."""

import numpy as np

from comparisons.frameworks import rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule, elementwise
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone
from numpy_impl.losses import loss_of
from numpy_impl.models import Model, build
from numpy_impl.optimizers import Optimizer


@each_replica_alone
@np.errstate(all="ignore")  # overflow and NaN are results here: the history shows them
def train(problem: Problem, optimizer: NativeCall | Rule) -> History:
    """Train every replica for the task's steps, the rule stepping on all parameters at once."""
    record = Record(problem)
    with record.timed("setup"):
        model = build(problem)
        rule = rule_of(optimizer)
        walk = walker(problem, model, rule, record)

    def accuracy(x: Array, t: Array) -> Array:
        hits: Array = model.forward(x).argmax(axis=-1) == t.argmax(axis=-1)
        return hits.mean(axis=-1)

    for start, stop, batches in problem.chunks():
        record.measure(start, accuracy)
        with record.timed("training"):
            walk(range(start, stop), batches)
    record.measure(problem.task.steps, accuracy)
    return record.history(model.parameters.values)


def walker(problem: Problem, model: Model, rule: Rule, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples."""
    inputs, targets = problem.inputs, problem.targets
    objective, parameters = loss_of(problem.task.loss), model.parameters
    tensors, gradients = parameters.whole() if elementwise(rule) else parameters.tensors()
    optimizer = Optimizer(rule, tensors)

    def walk(steps: range, batches: Array | None) -> None:
        x, t = inputs, targets
        for step in steps:
            if batches is not None:
                rows = batches[step - steps.start]
                x, t = inputs.take(rows, axis=0), targets.take(rows, axis=0)
            if record.path is not None:
                record.path[step] = parameters.values["theta"]
            record.losses[step], gradient = objective(model.forward(x), t)
            model.backward(gradient)
            optimizer.step(gradients)

    return walk
