"""Whole trainings: the same in three frameworks, replica by replica, and written down as the contract says."""

import operator
from copy import deepcopy
from dataclasses import fields, replace
from functools import cache
from itertools import combinations

import keras
import numpy as np
import pytest
from parallel import DTYPES, TRAIN, VARIANTS

import numpy_impl.models
from comparisons.rules.recipe import Recipe
from comparisons.tasks import TASKS, bowl, regression_20, two_layer_net, valley
from comparisons.tasks.problem import make_problem
from comparisons.training.contract import History
from comparisons.training.levels import optimizer_for

SGD = Recipe(optimizer="sgd", learning_rate=0.1)
ADAM = Recipe(optimizer="adam", learning_rate=0.1)


def train(framework, recipe, problem):
    return TRAIN[framework](problem, optimizer_for(framework, recipe, "same-numbers", "torch"))


@cache
def trained(framework, task, recipe, dtype):
    return train(framework, recipe, make_problem(task, (0, 1), dtype))


def curve_epsilons(got, expected):
    """The largest difference of two curves over the largest loss so far, in units of the machine epsilon.

    So far, because a run that explodes ends 300 orders of magnitude above its start. The curves must be finite,
    infinite, or NaN in the same places.
    """
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(got), np.isinf(expected))
    finite = np.isfinite(expected)
    scale = np.maximum.accumulate(np.where(finite, np.abs(expected), 0), axis=-1)
    gap = np.abs(np.where(finite, got, 0) - np.where(finite, expected, 0))
    return float((gap / scale).max() / np.finfo(expected.dtype).eps)


# --- the three frameworks beside each other

SGD_RUNS = [(task, recipe) for task in TASKS.values() for recipe in task.recipes if recipe.optimizer == "sgd"]
SGD_IDS = [f"{task.name}-{recipe.label}" for task, recipe in SGD_RUNS]
# Rounding differs where a sum is taken in another order or a multiply-add is fused. Descent carries the difference
# along without blowing it up: 7 epsilons were seen at most, in float32 and float64 alike, after up to 1000 steps.
ROUNDING = 16


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", ["torch", "tf"])
@pytest.mark.parametrize("task", VARIANTS)
def test_first_losses_agree(task, framework, dtype):
    # 1 epsilon, where a batch has many samples. Where it has one, output and target may nearly cancel, and the rounding
    # of either is large beside what is left: 7 were seen.
    spec = replace(VARIANTS[task], steps=1, evaluate_every=0)
    ours, theirs = (trained(name, spec, SGD, dtype).losses for name in ("numpy", framework))
    assert ours.dtype == theirs.dtype == dtype
    assert (np.abs(theirs - ours) <= ROUNDING * np.finfo(dtype).eps * ours).all()


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", ["torch", "tf"])
@pytest.mark.parametrize(("task", "recipe"), SGD_RUNS, ids=SGD_IDS)
def test_gradient_descent_agrees_to_the_last_step(task, recipe, framework, dtype):
    ours, theirs = (trained(name, task, recipe, dtype) for name in ("numpy", framework))
    assert curve_epsilons(theirs.losses, ours.losses) <= ROUNDING


@pytest.mark.parametrize("framework", ["torch", "tf"])
def test_rounding_shrinks_with_the_epsilon(framework):
    worst = {
        dtype: max(
            curve_epsilons(trained(framework, task, recipe, dtype).losses, trained("numpy", task, recipe, dtype).losses)
            for task, recipe in SGD_RUNS
        )
        for dtype in DTYPES
    }
    # the same number of epsilons give or take: in float64 the gap itself is 2e-9 of float32's
    assert 1 / 10 < worst["float64"] / worst["float32"] < 10


# Which frameworks' own optimizers are one rule, given the same numbers: for the others the place of epsilon differs.
SAME_RULE = {
    "sgd": {"numpy-torch", "numpy-tf", "torch-tf"},
    "momentum": {"numpy-torch", "numpy-tf", "torch-tf"},
    "nesterov": {"numpy-torch", "numpy-tf", "torch-tf"},
    "adadelta": {"numpy-torch", "numpy-tf", "torch-tf"},
    "adagrad": {"numpy-torch"},
    "rmsprop": {"numpy-torch"},
    "adam": {"numpy-tf"},
}


@pytest.mark.parametrize("recipe", regression_20.recipes, ids=operator.attrgetter("label"))
def test_only_frameworks_of_the_same_rule_agree_within_rounding(recipe):
    losses = {framework: trained(framework, regression_20, recipe, "float64").losses for framework in TRAIN}
    gaps = {f"{a}-{b}": curve_epsilons(losses[b], losses[a]) for a, b in combinations(TRAIN, 2)}
    # epsilon in another place moves the curve by 1e-10 and more: half a million epsilons
    assert {pair for pair, gap in gaps.items() if gap < ROUNDING} == SAME_RULE[recipe.optimizer]
    assert {pair for pair, gap in gaps.items() if gap < 1e5} == SAME_RULE[recipe.optimizer]


# --- replicas

# NumPy multiplies a stack of matrices one by one, so a replica's bits do not depend on its neighbours. torch and
# TensorFlow split a stack's work by its size: sums are ordered anew, and a curve moves by an epsilon or two.
REPLICA_ROUNDING = {"numpy": 0, "torch": 8, "tf": 8}


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", TRAIN)
@pytest.mark.parametrize("task", TASKS)
def test_a_replica_is_a_run_of_its_own(task, framework, dtype):
    spec = replace(TASKS[task], steps=30)
    recipe, seeds = spec.recipes[0], (3, 1, 4)
    together = train(framework, recipe, make_problem(spec, seeds, dtype))
    for r, seed in enumerate(seeds):
        alone = train(framework, recipe, make_problem(spec, (seed,), dtype))
        assert curve_epsilons(together.losses[[r]], alone.losses) <= REPLICA_ROUNDING[framework]
        for name in alone.metrics:
            np.testing.assert_array_equal(together.metrics[name][r], alone.metrics[name][0])


@pytest.mark.parametrize("framework", TRAIN)
def test_an_exploding_replica_leaves_the_others_alone(framework):
    problem = make_problem(replace(regression_20, steps=20), (0, 1, 2), "float32")
    params = {name: array.copy() for name, array in problem.params.items()}
    params["weight1"][1] *= 1e30
    both = train(framework, SGD, problem), train(framework, SGD, replace(problem, params=params))
    calm, exploded = (history.losses for history in both)
    assert np.isfinite(calm).all()
    assert not np.isfinite(exploded[1]).any()
    np.testing.assert_array_equal(exploded[[0, 2]], calm[[0, 2]])


@pytest.mark.parametrize("framework", TRAIN)
def test_an_explosion_is_a_result(framework):
    # x grows 19-fold a step, its square 361-fold: 25 * 361^15 is the first loss beyond float32's 3.4e38. From then on
    # the curve is infinite, and NaN once infinity is taken from infinity.
    recipe = next(recipe for recipe in valley.recipes if recipe.label == "sgd-exploding")
    history = trained(framework, valley, recipe, "float32")
    np.testing.assert_array_equal(np.isfinite(history.losses), np.broadcast_to(np.arange(100) < 15, (2, 100)))
    assert np.isinf(history.losses[:, 15]).all()
    assert np.isnan(history.losses[:, -1]).all()
    assert np.isnan(history.params["theta"]).all()


# --- what is written down

SHORT = {
    "bowl": replace(bowl, steps=7),
    "regression-20": replace(regression_20, steps=7),
    "two-layer-net": replace(two_layer_net(), steps=7, evaluate_every=3),
    "two-layer-net, one measurement more": replace(two_layer_net(), steps=6, evaluate_every=3),
}
MEASURED_AT = {
    "bowl": [],
    "regression-20": [],
    "two-layer-net": [0, 3, 6],
    "two-layer-net, one measurement more": [0, 3, 6],
}


def contents(history):
    """Everything in a history but the time it took."""
    return {field.name: getattr(history, field.name) for field in fields(History) if "seconds" not in field.name}


@pytest.mark.parametrize("recipe", [SGD, ADAM], ids=operator.attrgetter("label"))
@pytest.mark.parametrize("framework", TRAIN)
@pytest.mark.parametrize("task", SHORT)
def test_training_twice_gives_the_same_and_leaves_the_problem_as_it_was(task, framework, recipe):
    problem = make_problem(SHORT[task], (0, 1), "float32")
    before = deepcopy(problem)
    once, again = (contents(train(framework, recipe, problem)) for _ in range(2))
    np.testing.assert_equal(once, again)
    np.testing.assert_equal(vars(problem), vars(before))


@pytest.mark.parametrize("dtype", DTYPES)
def test_training_leaves_the_floatx_of_keras_as_it_was(dtype):
    before = keras.config.floatx()
    train("tf", ADAM, make_problem(SHORT["bowl"], (0,), dtype))
    assert keras.config.floatx() == before == "float32"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", TRAIN)
@pytest.mark.parametrize("task", SHORT)
def test_history_has_the_shapes_and_dtypes_of_the_contract(task, framework, dtype):
    problem = make_problem(SHORT[task], (5, 6, 7), dtype)
    history = train(framework, SGD, problem)
    assert (history.losses.shape, history.losses.dtype) == ((3, problem.task.steps), dtype)
    assert history.losses.flags.c_contiguous
    assert history.measured_at.tolist() == MEASURED_AT[task]
    assert history.measured_at.dtype == np.int64
    for metric in history.metrics.values():
        assert (metric.shape, metric.dtype) == ((3, len(MEASURED_AT[task])), np.float64)
    described = {name: (array.shape, array.dtype) for name, array in history.params.items()}
    assert described == {name: (array.shape, array.dtype) for name, array in problem.params.items()}
    assert history.seconds_setup > 0
    assert history.seconds_training > 0


@pytest.mark.parametrize("recipe", [SGD, ADAM], ids=operator.attrgetter("label"))
@pytest.mark.parametrize("framework", TRAIN)
def test_path_runs_from_the_start_to_the_end_and_losses_are_before_each_update(framework, recipe):
    history = trained(framework, bowl, recipe, "float64")
    assert history.path.shape == (2, bowl.steps + 1, 2)
    np.testing.assert_array_equal(history.path[:, 0], [bowl.model.start] * 2)
    np.testing.assert_array_equal(history.path[:, -1], history.params["theta"])
    # the loss is the squared distance to (1, 2), two roundings and a sum away
    distances = ((history.path[:, :-1] - [1, 2]) ** 2).sum(axis=-1)
    np.testing.assert_allclose(history.losses, distances, rtol=4 * np.finfo(np.float64).eps)


@pytest.mark.parametrize("framework", TRAIN)
def test_no_path_where_the_model_is_no_point(framework):
    assert trained(framework, SHORT["regression-20"], SGD, "float32").path is None


def shares_right(problem, params):
    """The accuracies (replicas,) of a network with these parameters, on the training and the held-out samples."""
    model = numpy_impl.models.build(replace(problem, params=params))
    samples = {"train": (problem.inputs, problem.targets), "test": (problem.test_inputs, problem.test_targets)}
    return {
        f"{which}_accuracy": (model.forward(x).argmax(axis=-1) == t.argmax(axis=-1)).mean(axis=-1)
        for which, (x, t) in samples.items()
    }


@pytest.mark.parametrize("framework", TRAIN)
def test_accuracy_is_measured_on_all_samples_before_the_first_update_and_after_the_last(framework):
    spec = SHORT["two-layer-net, one measurement more"]
    recipe, problem = spec.recipes[0], make_problem(spec, (0, 1), "float64")
    history = trained(framework, spec, recipe, "float64")
    for place, params in ((0, problem.params), (-1, history.params)):
        measured = {name: metric[:, place] for name, metric in history.metrics.items()}
        np.testing.assert_equal(measured, shares_right(problem, params))


@pytest.mark.parametrize("framework", TRAIN)
def test_a_longer_training_begins_as_the_shorter(framework):
    spec = SHORT["two-layer-net, one measurement more"]
    longer = trained(framework, spec, spec.recipes[0], "float64")
    shorter = trained(framework, replace(spec, steps=3), spec.recipes[0], "float64")
    np.testing.assert_array_equal(longer.losses[:, :3], shorter.losses)
    np.testing.assert_equal({name: metric[:, :2] for name, metric in longer.metrics.items()}, shorter.metrics)


@pytest.mark.parametrize("framework", TRAIN)
def test_measuring_changes_nothing(framework):
    spec = SHORT["two-layer-net"]
    measured = trained(framework, spec, spec.recipes[0], "float64")
    unmeasured = trained(framework, replace(spec, evaluate_every=0), spec.recipes[0], "float64")
    assert unmeasured.metrics == {}
    np.testing.assert_array_equal(measured.losses, unmeasured.losses)
    np.testing.assert_equal(measured.params, unmeasured.params)
