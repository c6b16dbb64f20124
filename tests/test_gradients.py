"""Gradients by central differences, descent along them, and the table: every task's gradients, four ways."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parallel import AT_START, DTYPES, VARIANTS, epsilons, few_samples

from comparisons.tasks import simple_net
from comparisons.tasks.problem import make_problem
from numpy_impl.gradients import gradient_descent, numerical_gradient
from numpy_impl.losses import loss_of
from numpy_impl.models import build

# --- numerical_gradient


@given(x=st.lists(st.floats(-4, 4), max_size=4), h=st.sampled_from([2.0**-4, 2.0**-8]))
def test_error_falls_with_h_squared(x, h):
    # ((x + h)^4 - (x - h)^4) / 2h = 4 x^3 + 4 x h^2, to the last term
    exact = [float(4 * F(v) ** 3 + 4 * F(v) * F(h) ** 2) for v in x]
    slope = numerical_gradient(lambda v: float((v**4).sum()), x, h)
    # rounding: some ten roundings of sums up to 4 * (4 + h)^4 = 1100, over 2h
    np.testing.assert_allclose(slope, exact, atol=10 * 1100 * 2**-53 / (2 * h))


# x^2 is as steep as its central difference says, whatever h, so integers and their halves come out exact.
ARGUMENTS = {
    "a list": ([1, 2.5], [2, 5]),
    "integers": (np.array([[1, -2], [3, 0]]), [[2, -4], [6, 0]]),
    "float32": (np.array([[0.5], [-3]], np.float32), [[1], [-6]]),
    "float64, transposed": (np.arange(6.0).reshape(2, 3).T, [[0, 6], [2, 8], [4, 10]]),
    "a number": (3.0, 6.0),
    "nothing": (np.empty((2, 0)), np.empty((2, 0))),
}


@pytest.mark.parametrize(("x", "slope"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_argument_may_be_anything_like_an_array(x, slope):
    before = np.array(x)
    gradient = numerical_gradient(lambda v: float((v**2).sum()), x, h=0.5)
    np.testing.assert_array_equal(gradient, slope)
    assert (gradient.dtype, gradient.shape) == (np.float64, before.shape)
    np.testing.assert_array_equal(x, before)


def scribble(x):
    x.fill(np.nan)
    return 0.0


def fail(x):
    x.fill(np.nan)
    raise ArithmeticError


@pytest.mark.parametrize("x", [[1, 2.5], np.array([1, 2]), np.array([1, 2], np.float32), np.array([1.0, 2.0])])
def test_argument_stays_as_it_is_whatever_the_function_does(x):
    before = np.array(x)
    numerical_gradient(scribble, x)
    np.testing.assert_array_equal(x, before)
    with pytest.raises(ArithmeticError):
        numerical_gradient(fail, x)
    np.testing.assert_array_equal(x, before)


# --- gradient_descent


def valley(x):
    return x[0] ** 2 + x[1] ** 2


# At learning rate 10, x grows 19-fold a step, until 1e-4 is below the last digit of x and every difference is 0.
DESCENTS = {
    0.1: ["-6.11110793e-10", "8.14814391e-10"],
    10.0: ["-2.58983747e+13", "-1.29524862e+12"],
    1e-10: ["-2.99999994e+00", "3.99999992e+00"],
}


@pytest.mark.parametrize("learning_rate", DESCENTS)
def test_descent_into_the_valley_to_the_printed_digits(learning_rate):
    start = [-3, 4]
    x, path = gradient_descent(valley, start, learning_rate, steps=100)
    assert [f"{coordinate:.8e}" for coordinate in x] == DESCENTS[learning_rate]
    assert path.shape == (101, 2)
    np.testing.assert_array_equal(path[0], [-3, 4])
    np.testing.assert_array_equal(path[-1], x)
    assert start == [-3, 4]


def test_path_keeps_every_point():
    # with the exact gradient 2 x and learning rate 1/4, x is halved: powers of two, exact
    x, path = gradient_descent(valley, [-3.0, 4.0], 0.25, steps=3, gradient=lambda _, v: 2 * v)
    np.testing.assert_array_equal(path, [[-3, 4], [-1.5, 2], [-0.75, 1], [-0.375, 0.5]])
    np.testing.assert_array_equal(x, path[-1])


def test_no_steps_leave_the_start():
    x, path = gradient_descent(valley, np.array([1, 2]), steps=0)
    np.testing.assert_array_equal(x, [1, 2])
    np.testing.assert_array_equal(path, [[1, 2]])


# --- every task's gradients at the start: by hand, by autograd, by the tape, by central differences


def differences(problem, name, chosen, h=1e-4):
    """The gradient of the summed losses at some coordinates of one parameter, from the forward pass alone."""
    model, objective = build(problem), loss_of(problem.task.loss)
    parameter = model.parameters.values[name].reshape(-1)

    def loss(coordinates):
        parameter[chosen] = coordinates
        return float(objective(model.forward(problem.inputs), problem.targets)[0].sum())

    return numerical_gradient(loss, parameter[chosen], h)


@pytest.mark.parametrize("task", VARIANTS)
def test_backward_agrees_with_central_differences(task):
    problem = few_samples(VARIANTS[task], (0, 1, 2), "float64")
    start = AT_START["numpy"](problem)
    assert start.gradients.keys() == problem.params.keys()
    for name, gradient in start.gradients.items():
        flat = gradient.reshape(-1)
        chosen = np.random.default_rng(0).permutation(flat.size)[:40]
        # In units of the loss: truncation is h^2 / 6 = 2e-9 of a third derivative, here 0.1 and less;
        # rounding some eps / h = 2e-12.
        np.testing.assert_allclose(
            flat[chosen], differences(problem, name, chosen), rtol=0, atol=5e-10 * start.losses.sum()
        )
        assert gradient.shape == problem.params[name].shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", ["torch", "tf"])
@pytest.mark.parametrize("task", VARIANTS)
def test_backward_agrees_with_the_frameworks(task, framework, dtype):
    problem = few_samples(VARIANTS[task], (0, 1, 2), dtype)
    ours, theirs = AT_START["numpy"](problem), AT_START[framework](problem)
    # Sums of at most 64 products, then of 20 samples, each in its own order: 3 epsilons were seen.
    assert epsilons(theirs.losses, ours.losses) < 8
    assert theirs.gradients.keys() == ours.gradients.keys()
    for name, gradient in ours.gradients.items():
        assert theirs.gradients[name].dtype == gradient.dtype == dtype
        assert epsilons(theirs.gradients[name], gradient) < 8


# As the textbooks print them.
SIMPLE_NET = {
    "textbook-cross-entropy": (
        "2.9088505",
        [["0.49504581", "0.07223018", "-0.56727599"], ["0.74256872", "0.10834527", "-0.85091398"]],
    ),
    "softmax-cross-entropy": (
        "2.9088523",
        [["0.49504672", "0.07223031", "-0.56727703"], ["0.74257008", "0.10834546", "-0.85091554"]],
    ),
}


@pytest.mark.parametrize("framework", AT_START)
@pytest.mark.parametrize("loss", SIMPLE_NET)
def test_simple_net_to_the_printed_digits(loss, framework):
    problem = make_problem(simple_net(loss=loss), (0,), "float64")
    first_loss, printed = SIMPLE_NET[loss]
    start = AT_START[framework](problem)
    assert [f"{value:.7f}" for value in start.losses] == [first_loss]
    by_differences = differences(problem, "weight1", np.arange(6)).reshape(2, 3)
    for gradient in (start.gradients["weight1"][0], by_differences):
        assert [[f"{slope:.8f}" for slope in row] for row in gradient] == printed
