"""Train one problem by many rules at once, the rules on the replica axis: a step forward and backward serves all."""

from collections.abc import Sequence

import numpy as np

from comparisons.rules import Rule
from comparisons.rules.training import Training, elementwise, whole
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl.losses import loss_of
from numpy_impl.models import Parameters, assemble
from numpy_impl.stepper import Stepper

TOGETHER = 32  # rules trained at once: with many more, what a step works on no longer stays in the cache


@np.errstate(all="ignore")  # overflow and NaN are results here, as in `train`
def train_many(problem: Problem, rules: Sequence[Rule | Training[Rule]]) -> Array:
    """The losses (rules, replicas, steps) of the problem under each rule: the same bits as `train`'s, one by one."""
    parts = [rules[first : first + TOGETHER] for first in range(0, len(rules), TOGETHER)]
    return np.concatenate([_trained(problem, part) for part in parts])


def _trained(problem: Problem, rules: Sequence[Rule | Training[Rule]]) -> Array:
    """The losses (rules, replicas, steps)."""
    parameters = Rows(problem.params, len(rules))
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

    def __init__(self, start: dict[str, Array], copies: int) -> None:
        self.replicas = len(next(iter(start.values())))
        row = np.concatenate([array.reshape(self.replicas, -1) for array in start.values()], axis=1)
        self.flat = np.tile(row, (copies, 1))
        self.flat_gradient = np.zeros_like(self.flat)
        ends = np.cumsum([array[0].size for array in start.values()])[:-1]
        shapes = {name: (len(self.flat), *array.shape[1:]) for name, array in start.items()}
        self.values = self._views(self.flat, ends, shapes)
        self.gradients = self._views(self.flat_gradient, ends, shapes)

    def steppers(self, rule: Rule | Training[Rule], copy: int) -> list[Stepper]:
        """What steps its copy by the rule; if that is not elementwise, one for each replica."""
        training = rule if isinstance(rule, Training) else whole(rule)
        first, last = copy * self.replicas, (copy + 1) * self.replicas
        alone = [slice(i, i + 1) for i in range(first, last)]
        parts = [slice(first, last)] if elementwise(training) else alone
        return [Stepper(training, Part(self, rows)) for rows in parts]


class Part(Parameters):
    """Some of the rows, where they lie."""

    def __init__(self, all_: Rows, rows: slice) -> None:
        self.flat, self.flat_gradient = all_.flat[rows].reshape(-1), all_.flat_gradient[rows].reshape(-1)
        self.values = {name: array[rows] for name, array in all_.values.items()}
        self.gradients = {name: array[rows] for name, array in all_.gradients.items()}
