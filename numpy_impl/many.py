"""Train one problem by many rules at once, the rules on the replica axis: a step forward and backward serves all."""

from collections.abc import Sequence

import numpy as np

from comparisons.frameworks import rules_of
from comparisons.frameworks.trainings import Trainable
from comparisons.rules import Rule
from comparisons.rules.training import Training, elementwise
from comparisons.tasks.problem import Problem, axes_of
from comparisons.tasks.streams import Array
from numpy_impl.losses import loss_of
from numpy_impl.models import Parameters, assemble, in_groups
from numpy_impl.stepper import Stepper

TOGETHER = 32  # rows trained at once: with many more, what a step works on no longer stays in the cache


def train_many(problem: Problem, optimizers: Sequence[Trainable]) -> Array:
    """The losses (optimizers, replicas, steps) of the problem under the rules that each optimizer stands for.

    They are the same bits as `train`'s, one by one.
    """
    return train_beside([problem], optimizers)[0]


@np.errstate(all="ignore")  # overflow and NaN are results here, as in `train`
def train_beside(problems: Sequence[Problem], optimizers: Sequence[Trainable]) -> Array:
    """The losses (problems, optimizers, replicas, steps) of problems that differ in their numbers alone.

    A rule steps the replicas of all problems at once.
    """
    rules = [rules_of(optimizer) for optimizer in optimizers]
    size = max(1, TOGETHER // (len(problems) * problems[0].replicas))
    parts = [rules[first : first + size] for first in range(0, len(rules), size)]
    return np.concatenate([_trained(problems, part) for part in parts], axis=1)


def _trained(problems: Sequence[Problem], rules: Sequence[Training[Rule]]) -> Array:
    """The losses (problems, rules, replicas, steps)."""
    one, copies = problems[0], len(rules)
    start = {name: np.concatenate([problem.params[name] for problem in problems]) for name in one.params}
    groups = max((rule.members(axes_of(start)) for rule in rules), key=len)
    parameters = Rows(start, groups, copies)
    model, objective = assemble(one.task.model, parameters), loss_of(one.task.loss)
    steppers = [stepper for i, rule in enumerate(rules) for stepper in parameters.steppers(rule, i)]
    samples = Samples(problems, copies)
    losses = np.empty((one.task.steps, len(parameters.flat)), one.dtype)
    for first, stop, batches in one.chunks():
        for step in range(first, stop):
            x, t = samples.whole if batches is None else samples.of(batches[step - first])
            losses[step], gradient = objective(model.forward(x), t)
            model.backward(gradient)
            for stepper in steppers:
                stepper.step()
    return losses.T.reshape(copies, len(problems), one.replicas, -1).swapaxes(0, 1)


class Samples:
    """What each row learns from. Rows are (copies, problems, replicas); where they share a batch it is there once.

    Args:
        problems: the samples of each are its own, the batches are drawn alike.
    """

    def __init__(self, problems: Sequence[Problem], copies: int) -> None:
        self.inputs = np.concatenate([problem.inputs for problem in problems])
        self.targets = np.concatenate([problem.targets for problem in problems])
        count, replicas = len(problems[0].inputs), problems[0].replicas
        self.first = np.arange(len(problems))[:, None, None] * count  # of each problem's samples
        self.copies = 1 if len(problems) == replicas == 1 else copies
        every = np.tile(np.arange(count), (replicas, 1))
        self.whole = (self.inputs, self.targets) if len(problems) == 1 else self.of(every)

    def of(self, batch: Array) -> tuple[Array, Array]:
        """The inputs and targets (rows, batch, ...) at the indices (replicas, batch) of each problem's samples."""
        rows = np.tile((self.first + batch).reshape(-1, batch.shape[-1]), (self.copies, 1))
        return self.inputs.take(rows, axis=0), self.targets.take(rows, axis=0)


class Rows(Parameters):
    """Named arrays (copies * replicas, ...) whose flat one is (copies * replicas, all): a copy's lie together."""

    def __init__(self, start: dict[str, Array], groups: Sequence[Sequence[str]], copies: int) -> None:
        self.order, self.replicas = in_groups(start, groups), len(next(iter(start.values())))
        row = np.concatenate([start[name].reshape(self.replicas, -1) for name in self.order], axis=1)
        self.flat = np.tile(row, (copies, 1))
        self.flat_gradient = np.zeros_like(self.flat)
        self.ends = np.cumsum([start[name][0].size for name in self.order])
        self.shapes = {name: (len(self.flat), *array.shape[1:]) for name, array in start.items()}
        self.values, self.gradients = self.views(self.flat), self.views(self.flat_gradient)

    def steppers(self, training: Training[Rule], copy: int) -> list[Stepper]:
        """What steps its copy by the rules; if they are not elementwise, one for each replica."""
        first, last = copy * self.replicas, (copy + 1) * self.replicas
        alone = [slice(i, i + 1) for i in range(first, last)]
        parts = [slice(first, last)] if elementwise(training) else alone
        return [Stepper(training, Part(self, rows)) for rows in parts]


class Part(Parameters):
    """Some of the rows, where they lie."""

    def __init__(self, all_: Rows, rows: slice) -> None:
        self.order, self.ends, self.rows = all_.order, all_.ends, len(all_.flat[rows])
        self.flat, self.flat_gradient = all_.flat[rows].reshape(-1), all_.flat_gradient[rows].reshape(-1)
        self.shapes = {name: (self.rows, *shape[1:]) for name, shape in all_.shapes.items()}
        self.values, self.gradients = self.views(self.flat), self.views(self.flat_gradient)

    def views(self, flat: Array) -> dict[str, Array]:
        """The parts of an array that is laid out as the flat one, by name."""
        return super().views(flat.reshape(self.rows, -1))

    def block(self, names: Sequence[str]) -> slice | None:
        """Where in the flat array these lie: rows lie one behind the other."""
        if self.rows > 1:
            return slice(0, self.flat.size) if list(names) == self.order else None
        return super().block(names)
