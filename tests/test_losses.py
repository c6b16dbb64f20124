"""Losses and their derivatives: by hand, by central differences, and across the frameworks."""

from fractions import Fraction as F
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parallel import DERIVED, DTYPES

from comparisons.tasks.spec import LOSSES, TEXTBOOK_DELTA
from numpy_impl.gradients import numerical_gradient
from numpy_impl.losses import loss_of

# Two samples of three outputs; errors (0, 0, 1) and (2, 4, -2), their squares add up to 25.
Y = [[1, 2, 4], [3, 5, 0]]
T = [[1, 2, 3], [1, 1, 2]]
ERRORS = np.array([[0, 0, 1], [2, 4, -2]])

# softmax of the logarithms is (1/8, 2/8, 5/8) and (6/8, 1/8, 1/8); the targets' sums are 1 and 2.
LOGITS = np.log([[1, 2, 5], [6, 1, 1]])
CLASSES = [[0, 0, 1], [F(1, 2), 1, F(1, 2)]]
SHARES = [[F(1, 8), F(2, 8), F(5, 8)], [F(6, 8), F(1, 8), F(1, 8)]]


def cross_entropy(delta):
    """The mean over two samples of -sum t log(p + delta), and p (s - sum(s p)) / 2 with s = -t / (p + delta)."""
    loss, derivative = 0.0, []
    for shares, classes in zip(SHARES, CLASSES, strict=True):
        loss -= sum(t * log(p + delta) for p, t in zip(shares, classes, strict=True)) / 2
        slopes = [-t / (p + delta) for p, t in zip(shares, classes, strict=True)]
        mean = sum(s * p for s, p in zip(slopes, shares, strict=True))
        derivative.append([float(p * (s - mean) / 2) for p, s in zip(shares, slopes, strict=True)])
    return loss, derivative


GOLDEN = {
    "sum-squared-error": (Y, T, 25 / 2, 2 * ERRORS / 2),
    "mean-squared-error": (Y, T, 25 / 6, 2 * ERRORS / 6),
    "half-squared-error": (Y, T, 25 / 4, ERRORS / 2),
    "softmax-cross-entropy": (LOGITS, CLASSES, *cross_entropy(0)),
    "textbook-cross-entropy": (LOGITS, CLASSES, *cross_entropy(F(TEXTBOOK_DELTA))),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", DERIVED)
@pytest.mark.parametrize("loss", LOSSES)
def test_golden_values(loss, framework, dtype):
    y, t, value, derivative = GOLDEN[loss]
    losses, slopes = DERIVED[framework](loss, np.array([y], dtype), np.array(t, dtype))
    # about ten roundings, of the logarithms given among them
    tolerance = 5 * np.finfo(dtype).eps
    np.testing.assert_allclose(losses, [value], rtol=tolerance)
    np.testing.assert_allclose(slopes, [derivative], atol=tolerance * np.abs(derivative).max())
    assert losses.dtype == slopes.dtype == dtype


# Logits a thousand apart, in the class looked for, in between, and at the other end.
EXTREME = [[1e3, 0, -1e3]]
FAR_OFF = {
    "softmax-cross-entropy": [0, 1e3, 2e3],
    "textbook-cross-entropy": [-1e-7, log(1e7), log(1e7)],  # p rounds to 1 or 0: the loss saturates, below 0 even
}


@pytest.mark.parametrize("target", range(3))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", DERIVED)
@pytest.mark.parametrize("loss", FAR_OFF)
def test_large_logits_neither_overflow_nor_lose_the_answer(loss, framework, dtype, target):
    losses, slopes = DERIVED[framework](loss, np.array([EXTREME], dtype), np.eye(3, dtype=dtype)[[target]])
    # 1 + 1e-7 is rounded to the next float32, 1 + 1.19e-7
    np.testing.assert_allclose(losses, [FAR_OFF[loss][target]], rtol=np.finfo(dtype).eps, atol=2e-8)
    assert np.isfinite(slopes).all()


@given(
    replicas=st.integers(1, 3),
    samples=st.integers(1, 4),
    outputs=st.integers(1, 5),
    own_targets=st.booleans(),
    seed=st.integers(0, 99),
)
@pytest.mark.parametrize("loss", LOSSES)
def test_derivatives_agree_with_central_differences(loss, replicas, samples, outputs, own_targets, seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(replicas, samples, outputs))
    t = rng.uniform(size=(replicas,) * own_targets + (samples, outputs))
    objective = loss_of(loss)
    losses, derivative = objective(y, t)
    assert (losses.shape, derivative.shape) == ((replicas,), y.shape)
    slopes = numerical_gradient(lambda outputs: float(objective(outputs, t)[0].sum()), y)
    # third derivatives of the cross-entropies are below 5: h^2 / 6 * 5 = 1e-8; rounding 1e-16 * 50 / h = 5e-11
    np.testing.assert_allclose(derivative, slopes, atol=1e-8)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("framework", DERIVED)
@pytest.mark.parametrize("loss", LOSSES)
def test_replicas_are_independent(loss, framework, dtype):
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(3, 20, 10)).astype(dtype), rng.uniform(size=(3, 20, 10)).astype(dtype)
    losses, slopes = DERIVED[framework](loss, y, t)
    alone = [DERIVED[framework](loss, y[[r]], t[r]) for r in range(3)]
    # 200 terms of like sign in another order: each of 20 + 10 sums in a row may round its way
    tolerance = 15 * np.finfo(dtype).eps
    np.testing.assert_allclose(losses, [one[0] for one, _ in alone], rtol=tolerance)
    np.testing.assert_allclose(slopes, [one[0] for _, one in alone], atol=tolerance * np.abs(slopes).max())
