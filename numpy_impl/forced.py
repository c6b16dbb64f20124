"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import numpy as np

from comparisons.frameworks import rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.recorder import Record
from numpy_impl.models import build
from numpy_impl.optimizers import Optimizer
from numpy_impl.train import walker


@np.errstate(all="ignore")  # overflow and NaN are results here: the parameters show them
def follow(optimizer: NativeCall | Rule, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...)."""
    values = {name: array.copy() for name, array in start.items()}
    stepper = Optimizer(rule_of(optimizer), list(values.values()))
    paths = {name: np.empty_like(gradients[name]) for name in start}
    for step in range(len(next(iter(gradients.values())))):
        stepper.step([gradients[name][step] for name in values])
        for name, value in values.items():
            paths[name][step] = value
    return paths


@np.errstate(all="ignore")
def gradients_met(problem: Problem, rule: Rule, steps: int) -> dict[str, Array]:
    """Name to the gradients (steps, replicas, ...) that the rule meets on its way through the problem."""
    model = build(problem)
    walk = walker(problem, model, rule, Record(problem))
    met = {name: np.empty((steps, *array.shape), array.dtype) for name, array in problem.params.items()}
    for start, stop, batches in problem.chunks():
        for step in range(start, min(stop, steps)):
            walk(range(step, step + 1), None if batches is None else batches[step - start : step - start + 1])
            for name, gradient in model.parameters.gradients.items():
                met[name][step] = gradient
        if stop >= steps:
            break
    return met
