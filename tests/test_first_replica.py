"""The first of several seeds is that seed alone: to the last bit, but for exponentials of float32 at an array's end."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
import torch

from comparisons.frameworks import FRAMEWORKS
from comparisons.rules.recipe import Recipe
from comparisons.tasks import find
from comparisons.tasks.problem import make_problem
from comparisons.training import implementations
from comparisons.training.cells import cells_of

# What a vector instruction holds, and the compilers' unrolling of it, on any processor of today, goes into 64.
WHOLE = 64
TASK = replace(find("two-layer-net"), steps=40, recipes=(Recipe(optimizer="adam", learning_rate=0.01),))


def losses(framework, task, dtype, seeds):
    [cell] = cells_of([task], ["as-written"], [dtype], [framework], "torch")
    return implementations.train(framework, make_problem(task, tuple(range(seeds)), dtype), cell.call).losses[0]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("dtype", "changed"),
    [("float64", {}), ("float32", {"activation": "relu"}), ("float32", {"hidden": (WHOLE,)})],
    ids=["float64", "relu", "sigmoids that fill their vectors"],
)
def test_the_first_replica_is_the_seed_alone(framework, dtype, changed):
    # 64 samples of 10 classes: softmax has 640 numbers, which is a multiple of 64 too
    task = replace(TASK, batch=WHOLE, model=replace(TASK.model, **changed))
    np.testing.assert_array_equal(losses(framework, task, dtype, 5), losses(framework, task, dtype, 1))


@pytest.mark.parametrize("sigmoid", [lambda x: torch.sigmoid(torch.tensor(x)).numpy(), lambda x: tf.sigmoid(x).numpy()])
def test_a_sigmoid_differs_at_the_end_of_its_array_alone(sigmoid):
    x = np.random.default_rng(0).standard_normal((5, 5007)).astype(np.float32)
    several, alone = sigmoid(x)[0], sigmoid(x[:1])[0]
    whole = 5007 // WHOLE * WHOLE
    np.testing.assert_array_equal(several[:whole], alone[:whole])
    np.testing.assert_allclose(several, alone, rtol=2 * np.finfo(np.float32).eps, atol=0)  # two roundings of one number
