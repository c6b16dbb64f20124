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

TOGETHER = 32  # rules trained at once: with many more, what a step works on no longer stays in the cache


@np.errstate(all="ignore")  # overflow and NaN are results here, as in `train`
def train_many(problem: Problem, optimizers: Sequence[Trainable]) -> Array:
    """The losses (optimizers, replicas, steps) of the problem under the rules that each optimizer stands for.

    They are the same bits as `train`'s, one by one.
    """
    rules = [rules_of(optimizer) for optimizer in optimizers]
    parts = [rules[first : first + TOGETHER] for first in range(0, len(rules), TOGETHER)]
    return np.concatenate([_trained(problem, part) for part in parts])


def _trained(problem: Problem, rules: Sequence[Training[Rule]]) -> Array:
    """The losses (rules, replicas, steps)."""
    groups = max((rule.members(axes_of(problem.params)) for rule in rules), key=len)
    parameters = Rows(problem.params, groups, len(rules))
    model, objective = assemble(problem.task.model, parameters), loss_of(problem.task.loss)
    steppers = [stepper for i, rule in enumerate(rules) for stepper in parameters.steppers(rule, i)]
    losses = np.empty((problem.task.steps, len(rules) * problem.replicas), problem.dtype)
    copies = 1 if problem.replicas == 1 else len(rules)  # of the batches: one replica's serves all rules as it is
    for start, stop, batches in problem.chunks():
        x, t = problem.inputs, problem.targets
        for step in range(start, stop):
            if batches is not None:
                rows = np.tile(batches[step - start], (copies, 1))
                x, t = problem.inputs.take(rows, axis=0), problem.targets.take(rows, axis=0)
            losses[step], gradient = objective(model.forward(x), t)
            model.backward(gradient)
            for stepper in steppers:
                stepper.step()
    return losses.T.reshape(len(rules), problem.replicas, -1)


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
