"""The update rules of the scratch optimizers; their first steps are worked out in rule_cases.py."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import keras
import numpy as np
import pytest
import torch
from rule_cases import ADAFACTOR, GOLDEN

import numpy_impl.optimizers
from comparisons import frameworks
from comparisons.names import BadInput
from comparisons.rules import (
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    elementwise,
)
from numpy_impl.optimizers import Optimizer, clipped
from numpy_impl.rules import family
from numpy_impl.tuned import LARGEST_BUFFER, buffers, update_of

DTYPES = ("float32", "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("label", GOLDEN)
def test_first_steps_in_fractions(label, dtype):
    rule, start, gradients, after, last = GOLDEN[label]
    theta = np.array(start, dtype)
    optimizer, path = Optimizer(rule, [theta]), []
    for g in gradients:
        optimizer.step([np.array(g, dtype)])
        path.append(theta.copy())
    (state,) = optimizer.states
    # 1 - 0.96 loses a digit and a half: 0.96 is off by 2^-54, and 1 - 0.96 by as much, 25 times as large in
    # proportion. The rest is some ten roundings, where a sum cancels relative to 1.
    tolerance = 25 * np.finfo(dtype).eps
    np.testing.assert_allclose(path, np.array(after, float), rtol=tolerance, atol=tolerance)
    assert len(state) == len(last)
    for array, golden in zip(state.values(), last, strict=True):
        np.testing.assert_allclose(array, np.array(golden, float), rtol=tolerance, atol=tolerance)
    assert {array.dtype for array in (theta, *state.values())} == {np.dtype(dtype)}


RULES = {label: rule for label, (rule, *_) in GOLDEN.items()}
ELEMENTWISE = [label for label, rule in RULES.items() if elementwise(rule)]


@pytest.mark.parametrize("label", RULES)
def test_gradients_stay_as_they_are(label):
    theta, g = np.ones((2, 3)), np.random.default_rng(0).normal(size=(2, 3))
    optimizer, before = Optimizer(RULES[label], [theta]), g.copy()
    for _ in range(3):
        optimizer.step([g])
    np.testing.assert_array_equal(g, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("label", ELEMENTWISE)
def test_stepping_on_all_parameters_at_once_gives_the_same_bits(label, dtype):
    # every operation is elementwise and rounded as IEEE 754 has it, in whatever shape, place and block; powers too
    rule, rng = RULES[label], np.random.default_rng(0)
    parts = [rng.normal(size=shape).astype(dtype) for shape in [(3, 4, 5), (7,), (1, 1), (200, 201)]]
    flat = np.concatenate([part.ravel() for part in parts])
    together, apart = Optimizer(rule, [flat]), Optimizer(rule, parts)
    for _ in range(5):
        gradients = [rng.normal(size=part.shape).astype(dtype) for part in parts]
        together.step([np.concatenate([g.ravel() for g in gradients])])
        apart.step(gradients)
    np.testing.assert_array_equal(flat, np.concatenate([part.ravel() for part in parts]))


# --- clipping

TENSORS = [[3, -4], [12]]  # of norms 5 and 12, together 13
CLIPPED = {
    ClipValue(limit=3.5): [[3, -3.5], [3.5]],
    ClipNorm(limit=6.0, formula="exact"): [[3, -4], [6]],
    ClipNorm(limit=6.0, formula="padded"): [[3, -4], [12 * 6 / (12 + 1e-6)]],
    ClipNorm(limit=2.5, formula="exact"): [[1.5, -2], [2.5]],
    ClipGlobalNorm(limit=6.5, formula="exact"): [[1.5, -2], [6]],
    ClipGlobalNorm(limit=6.5, formula="padded"): [[3 * 6.5 / (13 + 1e-6), -4 * 6.5 / (13 + 1e-6)], [78 / (13 + 1e-6)]],
    ClipGlobalNorm(limit=14.0, formula="exact"): TENSORS,
    ClipGlobalNorm(limit=14.0, formula="padded"): TENSORS,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip", CLIPPED, ids=str)
def test_clipping_by_hand(clip, dtype):
    gradients = [np.array(g, dtype) for g in TENSORS]
    for g, golden in zip(clipped(clip, gradients), CLIPPED[clip], strict=True):
        # five roundings; the padding of 1e-6 is ten times as large even in float32
        np.testing.assert_allclose(g, golden, rtol=2 * np.finfo(dtype).eps)
        assert g.dtype == dtype


@pytest.mark.parametrize("name", frameworks.of("numpy").classes)
def test_the_textbooks_optimizers_are_there_by_name(name):
    theta = np.array([[1.0, 2.0]])
    optimizer = getattr(numpy_impl.optimizers, name)([theta])
    assert optimizer.rule == frameworks.rule_of(frameworks.of("numpy").call(name, {}))
    optimizer.step([np.array([[1.0, -1.0]])])
    assert not np.array_equal(theta, [[1.0, 2.0]])


def test_a_textbooks_optimizer_takes_the_arguments_of_its_name():
    assert numpy_impl.optimizers.Momentum([np.zeros(2)], momentum=0.5).rule.momentum == 0.5
    with pytest.raises(BadInput, match="no argument 'lr'; it is called 'learning_rate' here"):
        numpy_impl.optimizers.Momentum([np.zeros(2)], lr=0.5)


def test_temporaries_are_the_threads_own_and_large_ones_nobodys():
    small = np.zeros((3, 4), np.float32)
    one, other = buffers(small)
    assert one.shape == other.shape == small.shape
    assert one.dtype == other.dtype == small.dtype
    assert not np.shares_memory(one, other)
    assert np.shares_memory(one, buffers(small)[0])
    with ThreadPoolExecutor(1) as executor:
        assert not np.shares_memory(one, executor.submit(buffers, small).result()[0])
    large = np.zeros(LARGEST_BUFFER // 8 + 1)
    assert not np.shares_memory(buffers(large)[0], buffers(large)[0])


ADAM = RULES["adam, epsilon on the corrected root"]
TUNED = {
    "": ADAM,
    "uncorrected": replace(ADAM, epsilon_position="uncorrected-root", beta1=0.9, beta2=0.999, epsilon=1e-7),
    "amsgrad": replace(ADAM, amsgrad=True, epsilon=1e-8),
    "amsgrad, uncorrected": replace(ADAM, amsgrad=True, epsilon_position="uncorrected-root", epsilon=0.0),
    "without means": replace(ADAM, beta1=0.0, beta2=0.0),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("label", TUNED)
@np.errstate(all="ignore")  # overflow and 0 / 0 are results, and the same ones
def test_what_is_tuned_gives_the_bits_of_the_text(label, dtype):
    rule, rng = TUNED[label], np.random.default_rng(0)
    text, tuned = family(type(rule)), update_of(type(rule))
    assert tuned is not text.update
    for shape in [(), (1,), (0,), (7,), (2, 3, 4), (LARGEST_BUFFER // 4 + 3,)]:
        start = rng.normal(size=shape).astype(dtype)
        ours, theirs = start.copy(), start.copy()
        state, other = text.start(rule, ours), text.start(rule, theirs)
        for t in range(1, 201 if start.size < 100 else 4):
            g = (10.0 ** rng.uniform(-30, 10) * rng.normal(size=shape)).astype(dtype)
            text.update(rule, t, 0.01 / t, ours, g, state)
            tuned(rule, t, 0.01 / t, theirs, g, other)
            for one, another in zip((ours, *state.values()), (theirs, *other.values()), strict=True):
                np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,)])
def test_adam_steps_on_arrays_of_any_shape(shape):
    theta = np.ones(shape)
    numpy_impl.optimizers.Adam([theta], learning_rate=0.5, epsilon=0.0).step([np.full(shape, 2.0)])
    assert theta == pytest.approx(np.full(shape, 0.5), rel=1e-15)  # the first step is the learning rate


# --- Adafactor in float32, where the product of a row's and a column's mean underflows

UNIT = np.random.default_rng(0).standard_normal((6, 4, 3)).astype(np.float32)
SMALL = {
    "nothing at first": UNIT * np.array([0, 1, 1, 1, 1, 1], np.float32)[:, None, None],
    "nothing": 0 * UNIT,
    "no gradient of a row": UNIT * np.array([1, 0, 1, 1], np.float32)[:, None],
    "1e-15": np.float32(1e-15) * UNIT,
    "1e-22": np.float32(1e-22) * UNIT,
}
OF_TORCH = replace(ADAFACTOR, beta2_decay=-0.8, epsilon1=None, epsilon2=1e-3)
OF_KERAS = replace(OF_TORCH, epsilon1=1e-30, epsilon1_position="added", scale_after_decay=True)


def path_in_torch(start, gradients):
    parameter = torch.nn.Parameter(torch.tensor(start))
    optimizer = torch.optim.Adafactor([parameter], lr=OF_TORCH.learning_rate)
    for g in gradients:
        parameter.grad = torch.tensor(g)
        optimizer.step()
        yield parameter.detach().numpy().copy()


def path_in_keras(start, gradients):
    variable, optimizer = keras.Variable(start), keras.optimizers.Adafactor(OF_KERAS.learning_rate)
    for g in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g)], [variable])
        yield variable.numpy().copy()


@pytest.mark.parametrize(("rule", "native"), [(OF_TORCH, path_in_torch), (OF_KERAS, path_in_keras)])
@pytest.mark.parametrize("scale", [0, 1])
@pytest.mark.parametrize("label", SMALL)
def test_adafactor_is_finite_where_the_frameworks_classes_are(label, scale, rule, native):
    start, path = np.float32(scale) * UNIT[0], []
    theta = start.copy()
    optimizer = Optimizer(rule, [theta])
    for g in SMALL[label]:
        optimizer.step([g])
        path.append(theta.copy())
    theirs = np.array(list(native(start, SMALL[label])))
    assert np.isfinite(theirs).all()
    # six steps of some ten roundings each, relative to the largest parameter
    np.testing.assert_allclose(path, theirs, rtol=0, atol=20 * np.finfo(np.float32).eps * np.abs(theirs).max())
