"""Optimizers led by given gradients, apart from any model: each step's difference is then the optimizer's own."""

import numpy as np
from torch import nn

from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from torch_impl.device import tensor
from torch_impl.floatx import floatx
from torch_impl.train import stepper_of


def follow(optimizer: NativeCall | Rule, start: dict[str, Array], gradients: dict[str, Array]) -> dict[str, Array]:
    """Name to the parameters (steps, ...) after each step, from `start` (...) on, by the gradients (steps, ...)."""
    values = {name: nn.Parameter(tensor(array).clone()) for name, array in start.items()}
    stepper = stepper_of(optimizer, list(values.values()))
    paths = {name: np.empty_like(array) for name, array in gradients.items()}
    for step in range(len(next(iter(gradients.values())))):
        for name, value in values.items():
            value.grad = tensor(gradients[name][step]).clone()
        with floatx(next(iter(start.values())).dtype.name):
            stepper.step()
        for name, value in values.items():
            paths[name][step] = value.numpy(force=True)
    return paths
