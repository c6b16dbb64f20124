"""Trainings that share a pass forward and backward are trained as each would be alone."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.frameworks import FRAMEWORKS
from comparisons.rules.recipe import HYPERPARAMETERS, OPTIMIZERS, Recipe
from comparisons.sweeps.grids import at
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.training.implementations import train, train_together
from comparisons.training.levels import optimizer_for, runs

GIVEN = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9}}
# A value of each elementwise field beside the optimizer's own.
OTHER = {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "rho": 0.7, "momentum": 0.5,
         "weight_decay": 0.1, "initial_accumulator": 0.3, "l1": 0.01, "l2": 0.01, "clip_threshold": 2.0}  # fmt: skip
# A stack's matrices are multiplied as each would be alone, and its elements are stepped one by one, so that the bits
# are the same; but kernels that take many at a time may round a sum of a batch otherwise where the stack is another
# size (TensorFlow), which a few steps let grow to some epsilons of the largest loss.
EPSILONS = {"numpy": 0, "torch": 0, "tf": 16}
SAMPLE = ("momentum", "adam", "lamb")


def calls(framework, optimizer, level):
    recipe = Recipe(optimizer=optimizer, learning_rate=0.01, **GIVEN.get(optimizer, {}))
    points = [{}, *({field: OTHER[field]} for field in HYPERPARAMETERS[optimizer])]
    return [optimizer_for(framework, at(recipe, point), level, "torch") for point in points]


def check(framework, optimizer, task, level, dtype):
    problem = make_problem(replace(TASKS[task], steps=12), (0, 1, 2), dtype)
    optimizers = calls(framework, optimizer, level)
    together = train_together(framework, problem, optimizers)
    for one, losses in zip(optimizers, together, strict=True):
        alone = train(framework, problem, one).losses
        assert losses.shape == alone.shape
        gap = np.abs(losses - alone).max() / np.abs(alone).max() / np.finfo(dtype).eps
        assert gap <= EPSILONS[framework], f"{one}: {gap:.3g} epsilons"
    assert len({losses.tobytes() for losses in together}) > 1  # the values are felt


@pytest.mark.parametrize("optimizer", SAMPLE)
@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_a_sample(framework, optimizer):
    if runs(framework, Recipe(optimizer=optimizer, **GIVEN.get(optimizer, {})), "same-rule"):
        check(framework, optimizer, "regression-20", "same-rule", "float32")


@pytest.mark.full
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("level", ["as-written", "same-rule"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_all_optimizers(framework, optimizer, level, dtype):
    recipe = Recipe(optimizer=optimizer, **GIVEN.get(optimizer, {}))
    if runs(framework, recipe, level):
        check(framework, optimizer, "linear-target", level, dtype)
