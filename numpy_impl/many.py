"""Train one problem by many rules at once, the rules on the replica axis: a step forward and backward serves all."""

from collections.abc import Sequence

import numpy as np

from comparisons.rules import Rule, elementwise
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl.losses import loss_of
from numpy_impl.models import Parameters, assemble
from numpy_impl.optimizers import Optimizer

TOGETHER = 32  # rules trained at once: with many more, what a step works on no longer stays in the cache


@np.errstate(all="ignore")  # overflow and NaN are results here, as in `train`
def train_many(problem: Problem, rules: Sequence[Rule]) -> Array:
    """The losses (rules, replicas, steps) of the problem under each rule: the same bits as `train`'s, one by one."""
    parts = [rules[first : first + TOGETHER] for first in range(0, len(rules), TOGETHER)]
    return np.concatenate([_trained(problem, part) for part in parts])


def _trained(problem: Problem, rules: Sequence[Rule]) -> Array:
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
            for optimizer, gradients in steppers:
                optimizer.step(gradients)
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

    def steppers(self, rule: Rule, copy: int) -> list[tuple[Optimizer, list[Array]]]:
        """The rule's optimizer over its copy, and its gradients; if it is not elementwise, one for each replica."""
        first, last = copy * self.replicas, (copy + 1) * self.replicas
        if elementwise(rule):
            theta, gradient = self.flat[first:last].reshape(-1), self.flat_gradient[first:last].reshape(-1)
            return [(Optimizer(rule, [theta]), [gradient])]
        alone = [slice(i, i + 1) for i in range(first, last)]
        tensors = [[array[one] for array in self.values.values()] for one in alone]
        gradients = [[array[one] for array in self.gradients.values()] for one in alone]
        return [(Optimizer(rule, each), of) for each, of in zip(tensors, gradients, strict=True)]
