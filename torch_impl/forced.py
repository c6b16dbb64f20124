"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import numpy as np
from torch import nn

from comparisons.frameworks.trainings import Trainable, training_of
from comparisons.tasks.streams import Array
from comparisons.training.recorder import average_of
from torch_impl.device import tensor
from torch_impl.floatx import floatx
from torch_impl.stepper import Stepper


def follow(optimizer: Trainable, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...).

    A step is a micro-batch. Where an average is evaluated, its values are there too, under `average_of` the names.
    """
    values = {name: nn.Parameter(tensor(array).clone()) for name, array in start.items()}
    stepper = Stepper(training_of(optimizer), values)
    paths: dict[str, list[Array]] = {}
    for step in range(len(next(iter(gradients.values())))):
        for name, value in values.items():
            gradient = stepper.weight * tensor(gradients[name][step])
            value.grad = gradient if value.grad is None else value.grad + gradient
        with floatx(next(iter(start.values())).dtype.name):
            stepper.step()
        arrays = {name: value.numpy(force=True) for name, value in values.items()}
        for name, array in (arrays | average_of(stepper.evaluated_average())).items():
            paths.setdefault(name, []).append(array.copy())
    return {name: np.stack(path) for name, path in paths.items()}
