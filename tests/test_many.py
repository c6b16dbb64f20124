"""Many rules trained at once are trained as each would be alone, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
from parallel import DTYPES, VARIANTS

from comparisons.analysis.work import move
from comparisons.rules import (
    SGD,
    Adafactor,
    Adam,
    ClipGlobalNorm,
    ClipValue,
    CosineDecay,
    Ftrl,
    Lamb,
    RMSprop,
)
from comparisons.rules.training import Accumulation, Average, Group, Selector, Training
from comparisons.tasks.problem import make_problem
from numpy_impl import many
from numpy_impl.many import train_beside, train_many
from numpy_impl.train import train

ADAM = Adam(learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root")
MODERN = Training(
    groups=(
        Group(tensors=Selector(names=("bias*",)), optimizer=replace(ADAM, learning_rate=0.1)),
        Group(optimizer=replace(ADAM, weight_decay=0.1, weight_decay_coupling="decoupled")),
    ),
    clip=ClipGlobalNorm(limit=0.1, formula="padded"),
    accumulation=Accumulation(batches=3),
)
RULES = [
    SGD(learning_rate=0.05),
    SGD(learning_rate=0.01, momentum=0.9, nesterov=True, weight_decay=0.1),
    SGD(learning_rate=1e3, momentum=0.9),  # explodes
    ADAM,
    replace(ADAM, learning_rate=CosineDecay(initial=0.1, over=10), clip=ClipValue(limit=0.1)),
    replace(ADAM, clip=ClipGlobalNorm(limit=0.1, formula="exact")),
    RMSprop(learning_rate=0.01, rho=0.9, epsilon=1e-7, epsilon_position="inside-root", momentum=0.5, centered=True),
    Ftrl(
        learning_rate=0.1, learning_rate_power=-0.4, initial_accumulator=0.1, l1=0.0, l2=0.0, l2_shrinkage=0.0, beta=0.0
    ),
    Lamb(learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-6),
    Adafactor(
        learning_rate=0.1,
        beta2_decay=-0.8,
        epsilon1=1e-30,
        epsilon1_position="added",
        epsilon2=1e-3,
        clip_threshold=1.0,
        scale_after_decay=False,
    ),
    MODERN,
    replace(MODERN, clip=None, average=Average(decay=0.9, overwrite=4)),  # elementwise
    replace(MODERN, clip=ClipValue(limit=0.01), accumulation=Accumulation(batches=2, clip="each")),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)], ids=["one seed", "three seeds"])
@pytest.mark.parametrize("task", VARIANTS)
def test_each_rule_has_the_losses_it_has_alone(task, seeds, dtype):
    problem = make_problem(replace(VARIANTS[task], steps=20), seeds, dtype)
    losses = train_many(problem, RULES)
    assert (losses.shape, losses.dtype) == ((len(RULES), len(seeds), 20), dtype)
    for rule, found in zip(RULES, losses, strict=True):
        np.testing.assert_array_equal(found, train(problem, rule).losses)


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)], ids=["one seed", "three seeds"])
@pytest.mark.parametrize("task", VARIANTS)
def test_problems_side_by_side_have_the_losses_that_each_has_alone(task, seeds):
    problem = make_problem(replace(VARIANTS[task], steps=10), seeds, "float32")
    problems = [problem, move(problem, 1, 0), move(problem, 32, 1)]
    losses = train_beside(problems, RULES)
    assert losses.shape == (3, len(RULES), len(seeds), 10)
    for one, found in zip(problems, losses, strict=True):
        np.testing.assert_array_equal(found, train_many(one, RULES))


def test_rules_beyond_those_trained_together_are_trained_too(monkeypatch):
    problem = make_problem(replace(VARIANTS["simple-net"], steps=5), (0,), "float64")
    together = train_many(problem, RULES)
    monkeypatch.setattr(many, "TOGETHER", 3)
    np.testing.assert_array_equal(train_many(problem, RULES), together)


def test_the_start_is_left_as_it_was():
    problem = make_problem(replace(VARIANTS["simple-net"], steps=5), (0,), "float64")
    before = problem.params["weight1"].copy()
    train_many(problem, RULES)
    np.testing.assert_array_equal(problem.params["weight1"], before)
