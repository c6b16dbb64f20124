"""Train a problem in NumPy."""

import numpy as np

from comparisons.frameworks import rules_of
from comparisons.frameworks.trainings import Trainable
from comparisons.tasks.problem import Problem, axes_of
from comparisons.tasks.streams import Array
from comparisons.training.contract import History
from comparisons.training.recorder import Record, Walk, each_replica_alone
from numpy_impl.losses import loss_of
from numpy_impl.models import Model, build
from numpy_impl.stepper import Stepper


@each_replica_alone
@np.errstate(all="ignore")  # overflow and NaN are results here: the history shows them
def train(problem: Problem, optimizer: Trainable) -> History:
    """Train every replica for the task's steps, by the rules that the calls stand for."""
    record = Record(problem)
    with record.timed("setup"):
        training = rules_of(optimizer)
        model = build(problem, training.members(axes_of(problem.params)))
        stepper = Stepper(training, model.parameters)
        walk = walker(problem, model, stepper, record)

    def accuracy(x: Array, t: Array) -> Array:
        hits: Array = model.forward(x).argmax(axis=-1) == t.argmax(axis=-1)
        return hits.mean(axis=-1)

    for start, stop, batches in problem.chunks():
        with stepper.evaluated():
            record.measure(start, accuracy)
        with record.timed("training"):
            walk(range(start, stop), batches)
    with stepper.evaluated():
        record.measure(problem.task.steps, accuracy)
    return record.history(model.parameters.values, stepper.evaluated_average())


def walker(problem: Problem, model: Model, stepper: Stepper, record: Record) -> Walk:
    """The inner loop: takes the steps, each on its batch (steps, replicas, batch) or on all samples."""
    inputs, targets = problem.inputs, problem.targets
    objective = loss_of(problem.task.loss)

    def walk(steps: range, batches: Array | None) -> None:
        x, t = inputs, targets
        for step in steps:
            if batches is not None:
                rows = batches[step - steps.start]
                x, t = inputs.take(rows, axis=0), targets.take(rows, axis=0)
            if record.path is not None:
                record.path[step] = model.parameters.values["theta"]
            record.losses[step], gradient = objective(model.forward(x), t)
            model.backward(gradient)
            stepper.step()

    return walk
