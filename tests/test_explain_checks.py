"""What is looked at before the optimizer: the start in each framework, and mistakes made on purpose that are named."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from parallel import DTYPES, TRAIN, VARIANTS

import torch_impl.losses
from comparisons.analysis.checks import Check, Trained, checks, together
from comparisons.analysis.losses import loss_of_task, mistaken_for
from comparisons.explaining.ask import ask
from comparisons.frameworks import FRAMEWORKS
from comparisons.rules import SGD
from comparisons.rules.recipe import Recipe
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import LOSSES, LinearTarget, Network, Normal
from comparisons.training import implementations
from numpy_impl.gradients import numerical_gradient
from numpy_impl.losses import loss_of
from numpy_impl.models import build

# Adding up 100 samples in another order, and one layer's rounding carried into the next.
ORDERS = 64


def assert_near(got, expected):
    scale = np.finfo(expected.dtype).eps * max(1.0, np.abs(expected).max())
    assert np.abs(got - expected).max() <= ORDERS * scale


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("task", VARIANTS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_all_frameworks_have_the_same_start(framework, task, dtype):
    problem = make_problem(VARIANTS[task], (0, 1), dtype)
    ours, theirs = (implementations.at_start(name, problem) for name in ("numpy", framework))
    assert theirs.params.keys() == theirs.gradients.keys() == problem.params.keys()
    for name, start in problem.params.items():
        np.testing.assert_array_equal(theirs.params[name], start)
        assert theirs.gradients[name].dtype == start.dtype
        assert_near(theirs.gradients[name], ours.gradients[name])
    assert_near(theirs.outputs, ours.outputs)
    assert_near(theirs.losses, ours.losses)


@pytest.mark.parametrize("task", VARIANTS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_start_is_that_of_the_training(framework, task):
    problem = make_problem(replace(VARIANTS[task], steps=1, evaluate_every=0), (0, 1), "float64")
    rate = 0.5
    history = TRAIN[framework](problem, SGD(learning_rate=rate))
    start = implementations.at_start(framework, problem)
    assert_near(history.losses[:, 0], start.losses)  # in TensorFlow one is traced, the other is not
    for name, gradient in implementations.gradients(framework, problem).items():
        stepped = problem.params[name] - rate * gradient
        assert_near(history.params[name], stepped)


def test_gradients_are_slopes():
    problem = make_problem(TASKS["linear-target"], (0,), "float64")
    x, t = problem.first_samples()

    def loss(weight):
        model = build(replace(problem, params=problem.params | {"weight1": weight}))
        return float(loss_of(problem.task.loss)(model.forward(x), t)[0][0])

    slope = numerical_gradient(loss, problem.params["weight1"])
    # the error of central differences: h^2 = 1e-8 times the third derivative, which is small here
    np.testing.assert_allclose(implementations.gradients("torch", problem)["weight1"], slope, atol=1e-6)


# --- mistakes, one at a time, in what one side is found to do

SEVERAL = replace(
    TASKS["linear-target"], name="several", batch=5, steps=4, data=LinearTarget(coefficients=(3.0, 2.0), samples=50)
)
PROBLEM = make_problem(SEVERAL, (0,), "float64")
GOOD = Trained(
    name="torch",
    start=implementations.at_start("numpy", PROBLEM),
    losses=TRAIN["numpy"](PROBLEM, SGD(learning_rate=0.1)).losses[0],
    expected=TRAIN["numpy"](PROBLEM, SGD(learning_rate=0.1)).losses[0],
)
FIRST = float(GOOD.losses[0])


def start(**changes):
    return replace(GOOD, start=replace(GOOD.start, **changes))


def losing(factor):
    """Every loss is that many times too large, in the training and at the start."""
    return replace(
        start(losses=GOOD.start.losses * factor), losses=GOOD.losses * factor, expected=GOOD.expected * factor
    )


def crossed():
    """The loss of a difference [n] - [n, 1]."""
    y, t = GOOD.start.outputs[0, :, 0], PROBLEM.first_samples()[1][0]
    return losing(float(np.square(y - t).mean() / 2) / FIRST)


def other(arrays, change):
    return {name: change(array) for name, array in arrays.items()}


SWAPPED = GOOD.expected[[1, 0, 2, 3]]
MISTAKES = {
    # what one side does; the check that says so, and in which words
    "nothing": (GOOD, None, ""),
    "outputs without their last axis": (start(outputs=GOOD.start.outputs[..., 0]), "shapes",
                                        r"torch's outputs are \(5,\), the targets \(5, 1\): .* broadcast to \(5, 5\)"),
    "outputs of another length": (start(outputs=GOOD.start.outputs[:, :3]), "shapes", "they have no difference"),
    "the sum over the samples": (losing(5), "loss reduction", "torch's first loss is .* sum over the samples, not the"),
    "half of it": (losing(0.5), "loss reduction", "it is half as much"),
    "twice of it": (losing(2), "loss reduction", "it is twice as much"),
    "a broadcast difference": (crossed(), "loss reduction", r"a difference \[n\] - \[n, 1\] was broadcast to \[n, n\]"),
    "nobody knows": (losing(1.3), "loss reduction", r"the task's is [\d.]+$"),
    "a parameter drawn anew": (start(params=other(GOOD.start.params, lambda array: array + 0.25)), "initial values",
                               r"torch's weight1 is off by up to 2\.5e-01"),
    "a parameter lost": (start(params={}), "initial values", r"torch has no weight1 of shape \(2, 10\)"),
    "batches in another order": (replace(GOOD, losses=SWAPPED * FIRST / SWAPPED[0]), "data order",
                                 "torch's loss at step 1 is .*; on the task's samples, by its rule, it would be"),
    "another dtype": (start(gradients=other(GOOD.start.gradients, lambda array: array.astype(np.float32))), "dtype",
                      "torch's gradient of weight1: float32, not float64"),
    "gradients of a sum": (start(gradients=other(GOOD.start.gradients, lambda array: 5 * array)), "gradients",
                           r"8\.0e-01 of the largest apart, in \w+"),
    "gradients that are no numbers": (start(gradients=other(GOOD.start.gradients, lambda array: array * np.nan)),
                                      "gradients", "are inf of the largest apart"),
    "no gradients": (start(gradients={}), "gradients", "of other parameters"),
}  # fmt: skip


@pytest.mark.parametrize(("side", "named", "words"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("place", [0, 1], ids=["first side", "second side"])
def test_a_mistake_is_named(place, side, named, words):
    sides = (side, GOOD) if place == 0 else (GOOD, side)
    wrong = [check for check in checks(PROBLEM, sides) if not check.ok]
    found = " | ".join(check.found for check in wrong)
    assert [check.name for check in wrong][:1] == [name for name in [named] if name]
    assert re.search(words, found)


def test_what_both_dtypes_find_is_said_once_and_only_what_is_wrong_if_anything_is():
    same, one, other_ = (Check(name="dtype", ok=True, found=words) for words in ("all well", "1", "2"))
    bad = replace(one, ok=False)
    assert list(together({"float32": [same], "float64": [same]})) == [same]
    assert list(together({"float32": [one], "float64": [other_]})) == [replace(one, found="float32: 1; float64: 2")]
    assert list(together({"float32": [bad], "float64": [other_]})) == [bad]


ONES = [
    (1, 1, ("outputs", "samples", "broadcast")),
    (1, 3, ("samples,", "samples and", "broadcast")),
    (4, 1, ("outputs",)),
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("samples", "outputs", "never"), ONES)
def test_a_mistake_that_makes_no_difference_is_not_named(loss, samples, outputs, never):
    """Of one output the sum is the mean, and of one sample too: whatever is found, it is not that."""
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(1, samples, outputs)), np.eye(samples, outputs)
    for factor in (samples * outputs, samples, outputs, 1 / outputs, 2, 0.5, 1.0, 0.0, 1 + 1e-9):
        named = mistaken_for(loss, y, t, factor * loss_of_task(loss, y, t))
        assert not any(word in named for word in never)


def tiny(target, optimizer, **given):
    """A plane through 0 from a start at 0, so that losses and gradients are as small as the targets make them."""
    return replace(
        TASKS["linear-target"],
        name="tiny",
        batch=None,
        steps=5,
        loss="mean-squared-error",
        data=LinearTarget(coefficients=(target, target), low=-1.0, samples=64),
        model=Network(weights=Normal(scale=0.0), biases="none"),
        recipes=(Recipe(optimizer=optimizer, **given),),
    )


LOST = "float32 has fewer digits below 1.2e-38, and TensorFlow takes numbers there for 0"
OUT_OF_RANGE = {
    "losses of 1e-40": (tiny(1e-20, "sgd", learning_rate=0.1), {"loss reduction": LOST}),
    "and their squares": (
        tiny(1e-20, "adam", learning_rate=0.01, epsilon=1e-30),
        {"loss reduction": LOST, "data order": "cannot be told: squares of gradients are too small"},
    ),
    "gradients of 1e-40": (tiny(1e-40, "sgd", learning_rate=0.1), {"gradients": LOST}),
    "losses of 1e-30": (tiny(1e-15, "sgd", learning_rate=0.1), {}),
    "losses of 1e+40": (tiny(1e20, "sgd", learning_rate=0.1), {"loss reduction": "above 3.4e+38, the largest float32"}),
    "losses of 1e+37, whose sum overflows": (
        tiny(6e18, "sgd", learning_rate=0.1),
        {"loss reduction": "above 3.4e+38, the largest float32"},
    ),
    "losses of 1e+30": (tiny(1e15, "sgd", learning_rate=0.1), {}),
}


@pytest.mark.parametrize("between", [("torch", "tf"), ("numpy", "tf"), ("numpy", "torch")])
@pytest.mark.parametrize(("task", "said"), OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
def test_numbers_too_small_or_too_large_for_the_dtype_are_named_and_are_no_mistake(task, said, between, monkeypatch):
    monkeypatch.setitem(TASKS, "tiny", task)
    recipe = task.recipes[0].label
    with ThreadPoolExecutor(1) as executor:
        report, _ = ask("tiny", recipe, between=between, level="same-numbers", executor=executor)
    found = {check.name: check for check in report.checks}
    assert [check for check in report.checks if not check.ok] == []
    if "tf" in between:
        assert {name: words for name, words in said.items() if words not in found[name].found} == {}
    assert not any(word in check.found for check in report.checks for word in ("not the mean", "twice", "half"))


# --- implementations that are wrong


def summed(y, t):
    """As torch_impl.losses.half_squared_error, but for the mean over the samples."""
    return 0.5 * (y - t).square().sum(dim=(-2, -1))


def broadcast(y, t):
    """As torch_impl.losses.half_squared_error, of [n] - [n, 1]."""
    return 0.5 * (y[..., 0][:, None, :] - t).square().mean(dim=(-2, -1))


WRONG = {
    "a sum": (summed, "it is the sum over the samples, not the mean"),
    "a broadcast": (broadcast, "a difference [n] - [n, 1] was broadcast to [n, n]"),
}


@pytest.mark.parametrize(("loss", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_loss_is_named_before_the_optimizer(loss, words, monkeypatch):
    monkeypatch.setattr(torch_impl.losses, "half_squared_error", loss)
    monkeypatch.setitem(TASKS, "several", SEVERAL)
    with ThreadPoolExecutor(1) as executor:
        report, _ = ask("several", "adam", between=("numpy", "torch"), dtypes=("float64",), executor=executor)
    by_name = {check.name: check for check in report.checks}
    assert not by_name["loss reduction"].ok
    assert words in by_name["loss reduction"].found
    assert by_name["initial values"].ok
    assert not by_name["gradients"].ok
