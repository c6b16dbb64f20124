"""Activation functions against fifty-digit arithmetic, their derivatives against central differences."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numpy_impl import functions
from numpy_impl.gradients import numerical_gradient

FUNCTIONS = ("identity", "step", "sigmoid", "relu", "softmax", "log_softmax")
DTYPES = ("float32", "float64")

# Worked out by hand, exactly representable: the result is to be these very numbers.
GOLDEN = {
    "identity": ([-2.5, -0.0, 0.0, 3.0], [-2.5, -0.0, 0.0, 3.0]),
    "step": ([-1e3, -1e-30, -0.0, 0.0, 1e-30, 1e3], [0, 0, 0, 0, 1, 1]),
    "relu": ([-1e3, -1e-30, 0.0, 1e-30, 1e3], [0, 0, 0, 1e-30, 1e3]),
    "sigmoid": ([-1e3, 0.0, 1e3], [0, 0.5, 1]),
    "softmax": ([7.0, 7.0, 7.0 - 1e3, 7.0], [1 / 3, 1 / 3, 0, 1 / 3]),
    "log_softmax": ([1e3, 0.0, -1e3], [0, -1e3, -2e3]),
}
GOLDEN_DERIVATIVES = {  # of the output y
    "identity": ([-2.0, 0.0, 3.0], [1, 1, 1]),
    "step": ([0.0, 1.0], [0, 0]),
    "sigmoid": ([0.0, 0.25, 0.5, 1.0], [0, 0.1875, 0.25, 0]),
    "relu": ([0.0, 1e-30, 3.0], [0, 1, 1]),
}


def sigmoid(x: list[Decimal]) -> list[Decimal]:
    return [1 / (1 + (-v).exp()) for v in x]


def softmax(x: list[Decimal]) -> list[Decimal]:
    total = sum(v.exp() for v in x)
    return [v.exp() / total for v in x]


def log_softmax(x: list[Decimal]) -> list[Decimal]:
    total = sum(v.exp() for v in x)
    return [v - total.ln() for v in x]


# What rounding may cost, in units of the machine epsilon; `y` the exact result, `x` the input, both arrays.
# exp is within 3 ulp in NumPy; a sum or a quotient adds half an ulp for each of its operations.
EXACT = {
    "sigmoid": (sigmoid, lambda x, y: 5 * y),
    # x - max(x) is rounded before exp, which turns its absolute error into a relative one
    "softmax": (softmax, lambda x, y: (5 + x.size + (x.max() - x) / 2) * y),
    # the logarithm of a sum near 1 has the absolute error of that sum
    "log_softmax": (log_softmax, lambda x, y: 5 + x.size + 2 * np.abs(y)),
}
# float32 numbers, so that both dtypes compute with the same ones
VECTORS = st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values(name, dtype):
    x, y = (np.array(numbers, dtype) for numbers in GOLDEN[name])
    np.testing.assert_array_equal(getattr(functions, name)(x), y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GOLDEN_DERIVATIVES)
def test_golden_derivatives(name, dtype):
    y, slope = (np.array(numbers, dtype) for numbers in GOLDEN_DERIVATIVES[name])
    np.testing.assert_array_equal(getattr(functions, f"{name}_derivative")(y), slope)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
@given(numbers=VECTORS)
@example(numbers=[-1e3, -700.0, 0.0, 700.0, 1e3])
@example(numbers=[-1e3, -1e3])
@example(numbers=[1e3, 1e3, 999.0])
def test_agrees_with_fifty_digits_and_never_overflows(name, dtype, numbers):
    exact, epsilons = EXACT[name]
    x = np.array(numbers, dtype)
    with localcontext(prec=50):
        y = np.array([float(v) for v in exact([Decimal(v) for v in numbers])])
    tolerance = np.finfo(dtype).eps * epsilons(x, y) + np.finfo(dtype).tiny  # below tiny, numbers have fewer digits
    assert np.all(np.abs(getattr(functions, name)(x) - y) <= tolerance)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_dtype_and_shape_are_kept_and_the_input_too(name, dtype, shape):
    x = np.linspace(-3, 3, np.prod(shape), dtype=dtype).reshape(shape)
    before = x.copy()
    y = getattr(functions, name)(x)
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_classes_lie_along_the_last_axis(name):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    rows = [[getattr(functions, name)(row) for row in replica] for replica in x]
    np.testing.assert_allclose(getattr(functions, name)(x), rows, rtol=1e-15)  # sums of 4 may be ordered anew


# The derivative along a direction g, which for elementwise functions is a product.
ALONG = {
    "identity": lambda y, g: functions.identity_derivative(y) * g,
    "step": lambda y, g: functions.step_derivative(y) * g,
    "sigmoid": lambda y, g: functions.sigmoid_derivative(y) * g,
    "relu": lambda y, g: functions.relu_derivative(y) * g,
    "softmax": functions.softmax_derivative,
}


@pytest.mark.parametrize("name", ALONG)
@given(
    rows=st.lists(
        st.tuples(st.floats(-30, 30).filter(lambda v: abs(v) > 1e-3), st.floats(-1, 1)), min_size=1, max_size=5
    )
)
def test_derivatives_agree_with_central_differences(name, rows):
    x, g = np.array(rows).T
    function = getattr(functions, name)
    slope = numerical_gradient(lambda v: float((g * function(v)).sum()), x)
    # third derivatives are below 1: truncation h^2 / 6 = 2e-9; rounding 5 * 30 * 2e-16 / h = 4e-10 and less
    np.testing.assert_allclose(ALONG[name](function(x), g), slope, atol=3e-9)
