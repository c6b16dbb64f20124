"""What is looked at before the optimizer: the start in each framework, and mistakes made on purpose that are named."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from parallel import DTYPES, TRAIN, VARIANTS

import torch_impl.losses
from comparisons.analysis.checks import Check, Trained, checks, together
from comparisons.explain.ask import ask
from comparisons.frameworks import FRAMEWORKS
from comparisons.rules import SGD
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import LinearTarget
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
                                 "torch's loss at step 1 is .*; on the task's samples it would be"),
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
