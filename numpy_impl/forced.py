"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import numpy as np

from comparisons.frameworks import rules_of
from comparisons.frameworks.trainings import Trainable
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.recorder import Record, average_of
from numpy_impl.models import Parameters, build
from numpy_impl.stepper import Stepper
from numpy_impl.train import walker


@np.errstate(all="ignore")  # overflow and NaN are results here: the parameters show them
def follow(optimizer: Trainable, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...).

    A step is a micro-batch. Where an average is evaluated, its values are there too, under `average_of` the names.
    """
    parameters = Parameters(start)
    stepper = Stepper(rules_of(optimizer), parameters)
    paths: dict[str, list[Array]] = {}
    for step in range(len(next(iter(gradients.values())))):
        for name, gradient in parameters.gradients.items():
            gradient[...] = gradients[name][step]
        stepper.step()
        for name, value in (parameters.values | average_of(stepper.evaluated_average())).items():
            paths.setdefault(name, []).append(value.copy())
    return {name: np.stack(path) for name, path in paths.items()}


@np.errstate(all="ignore")
def gradients_met(problem: Problem, optimizer: Trainable, steps: int) -> dict[str, Array]:
    """Name to the gradients (steps, replicas, ...) that the training meets on its way through the problem."""
    model = build(problem)
    stepper = Stepper(rules_of(optimizer), model.parameters)
    walk = walker(problem, model, stepper, Record(problem))
    met = {name: np.empty((steps, *array.shape), array.dtype) for name, array in problem.params.items()}
    for start, stop, batches in problem.chunks():
        for step in range(start, min(stop, steps)):
            walk(range(step, step + 1), None if batches is None else batches[step - start : step - start + 1])
            for name, gradient in model.parameters.gradients.items():
                met[name][step] = gradient
        if stop >= steps:
            break
    return met
