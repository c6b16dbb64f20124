"""Layers forward and backward: by hand, and against central differences; and where their parameters lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_impl.gradients import numerical_gradient
from numpy_impl.layers import Affine, ReLU, Sigmoid, over_samples
from numpy_impl.models import Parameters

DTYPES = ("float32", "float64")
SIZES = st.integers(1, 4)


def affine(weight, bias=None):
    """The layer, its gradients filled with what is to be written over."""
    return Affine(weight, np.full_like(weight, np.nan), bias, None if bias is None else np.full_like(bias, np.nan))


@pytest.mark.parametrize("dtype", DTYPES)
def test_affine_by_hand(dtype):
    weight, bias = np.array([[[1, 2, 3], [4, 5, 6]]], dtype), np.array([[[10, 20, 30]]], dtype)
    layer = affine(weight, bias)
    # rows of x times columns of W: (1, -1) and (2, 0)
    y = layer.forward(np.array([[1, -1], [2, 0]], dtype))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [[[10 - 3, 20 - 3, 30 - 3], [10 + 2, 20 + 4, 30 + 6]]])
    gradient = layer.backward(np.array([[[1, 0, 0], [0, 1, 1]]], dtype))
    np.testing.assert_array_equal(gradient, [[[1, 4], [2 + 3, 5 + 6]]])
    np.testing.assert_array_equal(layer.weight_gradient, [[[1, 2, 2], [-1, 0, 0]]])
    np.testing.assert_array_equal(layer.bias_gradient, [[[1, 1, 1]]])


@given(replicas=SIZES, samples=SIZES, size_in=SIZES, size_out=SIZES, own_inputs=st.booleans(), seed=st.integers(0, 99))
def test_affine_agrees_with_differences(replicas, samples, size_in, size_out, own_inputs, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(replicas,) * own_inputs + (samples, size_in))
    weight, bias = rng.normal(size=(replicas, size_in, size_out)), rng.normal(size=(replicas, 1, size_out))
    g = rng.normal(size=(replicas, samples, size_out))
    layer = affine(weight, bias)
    layer.forward(x)
    gradient = layer.backward(g)

    def slope(output, at):
        # the output is linear in each argument: a step of 1 leaves rounding only, of sums of some 60 terms near 1
        return numerical_gradient(lambda v: float((g * output(v)).sum()), at, h=1.0)

    by_weight = slope(lambda w: affine(w, bias).forward(x), weight)
    by_bias = slope(lambda b: affine(weight, b).forward(x), bias)
    by_input = slope(lambda v: layer.forward(v), np.broadcast_to(x, (replicas, samples, size_in)))
    np.testing.assert_allclose(layer.weight_gradient, by_weight, atol=1e-13)
    np.testing.assert_allclose(layer.bias_gradient, by_bias, atol=1e-13)
    np.testing.assert_allclose(gradient, by_input, atol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@given(replicas=SIZES, samples=st.integers(1, 300), units=st.integers(1, 70), seed=st.integers(0, 99))
def test_samples_are_added_row_by_row(dtype, replicas, samples, units, seed):
    g = np.random.default_rng(seed).normal(size=(replicas, samples, units)).astype(dtype)
    out = np.empty((replicas, 1, units), dtype)
    over_samples(g, out)
    np.testing.assert_array_equal(out, g.sum(axis=-2, keepdims=True))


def test_affine_without_bias_is_the_product():
    x, weight = np.array([[1.0, 2.0]]), np.array([[[3.0], [4.0]]])
    layer = affine(weight)
    np.testing.assert_array_equal(layer.forward(x), [[[11.0]]])
    np.testing.assert_array_equal(layer.backward(np.array([[[2.0]]])), [[[6.0, 8.0]]])
    np.testing.assert_array_equal(layer.weight_gradient, [[[2.0], [4.0]]])


ELEMENTWISE = {
    Sigmoid: ([-1e3, 0, 1e3], [0, 0.5, 1], [0, 0.25, 0]),
    ReLU: ([-2, 0, 3], [0, 0, 3], [0, 0, 1]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layer", ELEMENTWISE)
def test_elementwise_layers_by_hand(layer, dtype):
    x, y, slope = (np.array(numbers, dtype) for numbers in ELEMENTWISE[layer])
    active = layer()
    np.testing.assert_array_equal(active.forward(x), y)
    gradient = active.backward(np.array([5, 6, 7], dtype))
    np.testing.assert_array_equal(gradient, slope * [5, 6, 7])
    assert gradient.dtype == dtype


@pytest.mark.parametrize("layer", ELEMENTWISE)
@given(
    rows=st.lists(
        st.tuples(st.floats(-30, 30).filter(lambda v: abs(v) > 1e-3), st.floats(-1, 1)), min_size=1, max_size=5
    )
)
def test_elementwise_layers_agree_with_central_differences(layer, rows):
    x, g = np.array(rows).T
    active = layer()
    active.forward(x)
    slope = numerical_gradient(lambda v: float((g * layer().forward(v)).sum()), x)
    # third derivatives are below 1: truncation h^2 / 6 = 2e-9; rounding 5 * 30 * 2e-16 / h = 4e-10 and less
    np.testing.assert_allclose(active.backward(g), slope, atol=3e-9)


def test_parameters_are_views_of_one_flat_array():
    start = {"weight1": np.arange(6.0).reshape(1, 2, 3), "bias1": np.array([[[6.0, 7.0, 8.0]]])}
    parameters = Parameters(start)
    np.testing.assert_array_equal(parameters.flat, np.arange(9.0))
    np.testing.assert_array_equal(parameters.flat_gradient, np.zeros(9))
    parameters.flat += 1
    parameters.gradients["bias1"][...] = 5
    np.testing.assert_array_equal(parameters.values["weight1"], start["weight1"] + 1)
    np.testing.assert_array_equal(parameters.values["bias1"], start["bias1"] + 1)
    np.testing.assert_array_equal(parameters.flat_gradient, [0] * 6 + [5] * 3)
    np.testing.assert_array_equal(start["bias1"], [[[6.0, 7.0, 8.0]]])  # the start is copied, not walked away with
