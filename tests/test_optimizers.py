"""The update rules of the scratch optimizers, their first steps worked out in fractions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction as F

import keras
import numpy as np
import pytest
import torch

import numpy_impl.optimizers
from comparisons import frameworks
from comparisons.names import BadInput
from comparisons.rules import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    Ftrl,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    elementwise,
)
from numpy_impl.optimizers import Optimizer, clipped
from numpy_impl.rules import family
from numpy_impl.tuned import LARGEST_BUFFER, buffers, update_of

DTYPES = ("float32", "float64")
HALF = F(1, 2)


def steps(rule, gradients, after, state, start=0):
    """One row: the parameter goes from `start` through `after`, one step for each gradient, and ends in `state`."""
    return rule, [start], [[g] for g in gradients], [[theta] for theta in after], [[s] for s in state]


def mu(t):
    """NAdam's momentum at step t, for beta1 = 1/2 and momentum_decay = 2."""
    return HALF * (1 - HALF * F(24, 25) ** (2 * t))


ADAFACTOR = Adafactor(
    learning_rate=0.5,
    beta2_decay=-1.0,
    epsilon1=1e-6,
    epsilon2=0.25,
    clip_threshold=1.0,
    epsilon1_position="floor",
    scale_after_decay=False,
)


def adafactor_of_a_matrix(clip_threshold, after):
    ones, g = np.ones((2, 2)), np.array([[1, 2], [2, 4]])
    means = np.array([125 / 2, 250])
    rule = replace(ADAFACTOR, clip_threshold=clip_threshold)
    return rule, ones, [g, 7 * g], [ones / 2, ones * after], [means[:, None], means[None]]


def adafactor_of_a_vector(start, after, square, **fields):
    """One step from (start, start) along the gradient (3, 3)."""
    return replace(ADAFACTOR, **fields), [start, start], [[3, 3]], [[after, after]], [[square, square]]


# learning_rate is 1/2 where nothing else is said. Numbers are chosen so that every root is a fraction; epsilon is
# large, so that its place shows.
GOLDEN = {
    "sgd": steps(SGD(learning_rate=0.5), [3, -5], [-HALF * 3, HALF * (5 - 3)], []),
    # Velocities 3, 3/4 * 3 - 5 = -11/4, 3/4 * -11/4 + 1 = -17/16; or -1/2 of each.
    "momentum": steps(
        SGD(learning_rate=0.5, momentum=0.75),
        [3, -5, 1],
        [-HALF * 3, -HALF * (3 - F(11, 4)), -HALF * (3 - F(11, 4) - F(17, 16))],
        [-F(17, 16)],
    ),
    "momentum, learning rate in the velocity": steps(
        SGD(learning_rate=0.5, momentum=0.75, learning_rate_in_velocity=True),
        [3, -5, 1],
        [-HALF * 3, -HALF * (3 - F(11, 4)), -HALF * (3 - F(11, 4) - F(17, 16))],
        [HALF * F(17, 16)],
    ),
    # Velocities 3, undamped, 3/4 * 3 - 5/2 = -1/4.
    "momentum, damped": steps(
        SGD(learning_rate=0.5, momentum=0.75, dampening=0.5),
        [3, -5],
        [-HALF * 3, -HALF * (3 - F(1, 4))],
        [-F(1, 4)],
    ),
    # Velocities as without nesterov; the steps are g + 3/4 v = 3 + 9/4 = 21/4, -5 - 33/16 = -113/16.
    "nesterov": steps(
        SGD(learning_rate=0.5, momentum=0.75, nesterov=True),
        [3, -5],
        [-HALF * F(21, 4), -HALF * (F(21, 4) - F(113, 16))],
        [-F(11, 4)],
    ),
    "nesterov, learning rate in the velocity": steps(
        SGD(learning_rate=0.5, momentum=0.75, nesterov=True, learning_rate_in_velocity=True),
        [3, -5],
        [-HALF * F(21, 4), -HALF * (F(21, 4) - F(113, 16))],
        [HALF * F(11, 4)],
    ),
    # From 2: g + theta/2 = 4, so theta = 0; then -5, so v = 3/4 * 4 - 5 = -2.
    "weight decay, coupled": steps(
        SGD(learning_rate=0.5, momentum=0.75, weight_decay=0.5), [3, -5], [0, 1], [-2], start=2
    ),
    # From 2: theta = 2 - 1/4 * 2 = 3/2, less 3/2; then v = -11/4.
    "weight decay, decoupled": steps(
        SGD(learning_rate=0.5, momentum=0.75, weight_decay=0.5, weight_decay_coupling="decoupled"),
        [3, -5],
        [0, F(11, 8)],
        [-F(11, 4)],
        start=2,
    ),
    "clipped": steps(SGD(learning_rate=0.5, clip=ClipValue(limit=2.0)), [3, -5, 1], [-1, 0, -HALF], []),
    # 9 + 4^2 = 5^2, 25 + 12^2 = 13^2; epsilon joins after the root.
    "adagrad, epsilon outside": steps(
        Adagrad(learning_rate=0.5, epsilon=1.0, epsilon_position="outside-root", initial_accumulator=9.0),
        [4, -12],
        [-HALF * F(4, 5 + 1), -HALF * (F(4, 5 + 1) - F(12, 13 + 1))],
        [169],
    ),
    "adagrad, epsilon outside, from nothing": steps(
        Adagrad(learning_rate=0.5, epsilon=1.0, epsilon_position="outside-root"),
        [3, -4],
        [-HALF * F(3, 3 + 1), -HALF * (F(3, 3 + 1) - F(4, 5 + 1))],
        [25],
    ),
    # 8 + 4^2 + 1 = 5^2, 24 + 12^2 + 1 = 13^2.
    "adagrad, epsilon inside": steps(
        Adagrad(learning_rate=0.5, epsilon=1.0, epsilon_position="inside-root", initial_accumulator=8.0),
        [4, -12],
        [-HALF * F(4, 5), -HALF * (F(4, 5) - F(12, 13))],
        [168],
    ),
    # s = 2/3 * 6^2 = 24, then 24/3 + 2/3 * 18^2 = 224, so s + 1 = 5^2, 15^2. d = 1/5 * 6 = 6/5;
    # x = 2/3 * 36/25 = 24/25, so x + 1 = (7/5)^2; d = 7/5 / 15 * -18 = -42/25; x = 24/25/3 + 2/3 * (42/25)^2.
    "adadelta": steps(
        Adadelta(learning_rate=0.5, rho=1 / 3, epsilon=1.0),
        [6, -18],
        [-HALF * F(6, 5), -HALF * (F(6, 5) - F(42, 25))],
        [224, F(24, 75) + F(2, 3) * F(42, 25) ** 2],
    ),
    # v = 5^2 / 25 = 1, 24/25 + 1/25 = 1, 24/25 + 5^2 / 25 = (7/5)^2.
    "rmsprop, epsilon outside": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=1.0, epsilon_position="outside-root"),
        [5, -1, 5],
        [-HALF * F(5, 2), -HALF * (F(5, 2) - HALF), -HALF * (F(5, 2) - HALF + 5 / (F(7, 5) + 1))],
        [F(49, 25)],
    ),
    # v = 1, 1, 24/25 + 10^2 / 25 = 124/25, so v + 9/16 = (5/4)^2, (5/4)^2, (47/20)^2.
    "rmsprop, epsilon inside": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=0.5625, epsilon_position="inside-root"),
        [5, -1, 10],
        [-HALF * 5 / F(5, 4), -HALF * 4 / F(5, 4), -HALF * (4 / F(5, 4) + 10 / F(47, 20))],
        [F(124, 25)],
    ),
    # v = 1, 1, so d = 5/2, -1/2; b = 5/2, 5/4 - 1/2 = 3/4, or half of it.
    "rmsprop, momentum": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=1.0, epsilon_position="outside-root", momentum=0.5),
        [5, -1],
        [-HALF * F(5, 2), -HALF * (F(5, 2) + F(3, 4))],
        [1, F(3, 4)],
    ),
    "rmsprop, momentum, learning rate in the velocity": steps(
        RMSprop(
            learning_rate=0.5,
            rho=0.96,
            epsilon=1.0,
            epsilon_position="outside-root",
            momentum=0.5,
            learning_rate_in_velocity=True,
        ),
        [5, -1],
        [-HALF * F(5, 2), -HALF * (F(5, 2) + F(3, 4))],
        [1, HALF * F(3, 4)],
    ),
    # v = 2, 1 + 9/32 = 41/32; a = 1, 1/2 - 3/8 = 1/8; v - a^2 = 1, (9/8)^2.
    "rmsprop, centered": steps(
        RMSprop(learning_rate=0.5, rho=0.5, epsilon=1.0, epsilon_position="outside-root", centered=True),
        [2, -F(3, 4)],
        [-HALF, -HALF * (1 - F(3, 4) / (F(9, 8) + 1))],
        [F(41, 32), F(1, 8)],
    ),
    # m = 5/2, 5/4 - 1/2 = 3/4; c1 = 1/2, 3/4, so m / c1 = 5, 1. v = 1, 1 as above; c2 = 1/25, 49/625 = (7/25)^2.
    "adam, epsilon on the corrected root": steps(
        Adam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, epsilon_position="corrected-root"),
        [5, -1],
        [-HALF * 5 / (5 + 1), -HALF * (F(5, 5 + 1) + 1 / (F(25, 7) + 1))],
        [F(3, 4), 1],
    ),
    "adam, epsilon on the uncorrected root": steps(
        Adam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, epsilon_position="uncorrected-root"),
        [5, -1],
        [-HALF * F(1, 5) * 5 / (1 + 1), -HALF * (F(1, 5) * 5 + F(7, 25) * 1) / (1 + 1)],
        [F(3, 4), 1],
    ),
    # m = 5/2, 5/4, m / c1 = 5, 5/3; v = 1, 24/25, but the largest stays 1.
    "adam, amsgrad": steps(
        Adam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, epsilon_position="corrected-root", amsgrad=True),
        [5, 0],
        [-HALF * 5 / (5 + 1), -HALF * (F(5, 5 + 1) + F(5, 3) / (F(25, 7) + 1))],
        [F(5, 4), F(24, 25), 1],
    ),
    # m / c1 = 4, (1 - 1/2) / (3/4) = 2/3; u = max(0, 4 + 1) = 5, max(5/2, 1 + 1) = 5/2.
    "adamax, epsilon in the maximum": steps(
        Adamax(learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=1.0, epsilon_position="in-maximum"),
        [4, -1],
        [-HALF * 4 / 5, -HALF * (F(4, 5) + F(2, 3) / F(5, 2))],
        [HALF, F(5, 2)],
    ),
    # u = max(0, 4) = 4, max(2, 1) = 2.
    "adamax, epsilon added": steps(
        Adamax(learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=1.0, epsilon_position="added"),
        [4, -1],
        [-HALF * 4 / (4 + 1), -HALF * (F(4, 5) + F(2, 3) / (2 + 1))],
        [HALF, 2],
    ),
    # m = 5/2, 3/4 and roots 5, 25/7 as Adam's.
    "nadam": steps(
        NAdam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, momentum_decay=2.0),
        [5, -1],
        [
            -HALF * (n1 := (mu(2) * F(5, 2) / (1 - mu(1) * mu(2)) + 5) / (5 + 1)),
            -HALF
            * (
                n1
                + (mu(3) * F(3, 4) / (1 - mu(1) * mu(2) * mu(3)) - (1 - mu(2)) / (1 - mu(1) * mu(2))) / (F(25, 7) + 1)
            ),
        ],
        [F(3, 4), 1],
    ),
    # R = 49; r = 49 - 2 * 24 = 1, 49 - 4 * 576/49 < 2: no root is taken yet.
    "radam, at first": steps(
        RAdam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0),
        [5, -1],
        [-HALF * 5, -HALF * (5 + 1)],
        [F(3, 4), 1],
    ),
    # eta = 1/2, 1/2 / (1 + 1/4) = 2/5, 1/2 / (1 + 1/2) = 1/3: 4 * 3/4 - 3/2 = 3/2, 3/2 * 4/5 + 2 = 16/5,
    # 16/5 * 5/6 - 1/3 = 7/3. The average counts from the second step on.
    "asgd": steps(
        ASGD(learning_rate=0.5, decay=0.5, power=1.0, average_from=0.0),
        [3, -5, 1],
        [F(3, 2), F(16, 5), F(7, 3)],
        [(F(16, 5) + F(7, 3)) / 2],
        start=4,
    ),
    # Sizes 1/2, 5/8, 3/4 (not 25/32), 3/8 without a step, 3/8, 1/4 (not 3/16) without a step, 1/4.
    "rprop": steps(
        Rprop(learning_rate=0.5, shrinkage=0.5, growth=1.25, smallest=0.25, largest=0.75),
        [3, 2, 2, -1, -1, 1, 1],
        [-HALF, -F(9, 8), -F(15, 8), -F(15, 8), -F(3, 2), -F(3, 2), -F(7, 4)],
        [F(1, 4), 1],
    ),
    # Roots of n: 3, 5, 13. z = 4 + 1/2 - 4 = 1/2; q = 10 + 3 = 13: theta = (1/4 - 1/2) / 13 = -1/52.
    # z = 1/2 - 12 - 1/104 + 16/52 = -1165/104; q = 26 + 3.
    "ftrl": steps(
        Ftrl(
            learning_rate=0.5,
            learning_rate_power=-0.5,
            initial_accumulator=9.0,
            l1=0.25,
            l2=0.5,
            l2_shrinkage=0.25,
            beta=1.0,
        ),
        [4, -12],
        [-F(1, 52), (-F(1, 4) + F(1165, 104)) / 29],
        [169, -F(1165, 104)],
        start=1,
    ),
    # n = 5; z = 2 - (5 - 1) / (1/2) = -6, not beyond l1, so theta is 0 exactly; then n = 6, z = -7, q = 12.
    "ftrl, sparse, of another power": steps(
        Ftrl(
            learning_rate=0.5,
            learning_rate_power=-1.0,
            initial_accumulator=1.0,
            l1=6.0,
            l2=0.0,
            l2_shrinkage=0.0,
            beta=0.0,
        ),
        [2, -1],
        [0, F(1, 12)],
        [6, -7],
        start=1,
    ),
    # m = 1, 1/2, -3/8; the signs are of 2, 1/2 - 1/2 = 0, 1/4 - 3/2.
    "lion": steps(Lion(learning_rate=0.5, beta1=0.5, beta2=0.75), [4, -1, -3], [-HALF, -HALF, 0], [-F(3, 8)]),
    # d = g / (|g| + 1) = (3/10, 4/10) of norm 1/2, both times; theta has norm 5, then 5/2.
    "lamb": (
        Lamb(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0),
        [3, 4],
        [[F(3, 7), F(2, 3)]] * 2,
        [[F(3, 2), 2], [F(3, 4), 1]],
        [[F(3, 4) * F(3, 7), F(3, 4) * F(2, 3)], [F(49, 625) * F(3, 7) ** 2, F(49, 625) * F(2, 3) ** 2]],
    ),
    "lamb, from zero": (
        Lamb(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0),
        [0, 0],
        [[F(3, 7), F(2, 3)]],
        [[-HALF * F(3, 10), -HALF * F(4, 10)]],
        [[F(3, 14), F(1, 3)], [F(1, 25) * F(3, 7) ** 2, F(1, 25) * F(2, 3) ** 2]],
    ),
    # Squares are [[1, 4], [4, 16]] = rows (5/2, 10) times columns (5/2, 10) over their mean 25/4, then 49 of that; half
    # of each is 25. So d = 1, then 7/5; theta's root mean square is 1, then 1/2.
    "adafactor, of a matrix": adafactor_of_a_matrix(2.0, F(3, 20)),
    "adafactor, clipped": adafactor_of_a_matrix(1.0, F(1, 4)),
    # Squares, and with them all means, are 4/25, below 1/4: v = (4/25)^2 / (1/4) = (8/25)^2, so d = 5/4.
    "adafactor, epsilon1 a floor of the rows' mean": (
        replace(ADAFACTOR, epsilon1=0.25, clip_threshold=2.0),
        np.ones((2, 2)),
        [np.full((2, 2), 0.4)],
        [np.full((2, 2), 1 - HALF * F(5, 4))],
        [np.full((2, 1), 0.16), np.full((1, 2), 0.16)],
    ),
    # v = 3^2, at least 5^2.
    "adafactor, epsilon1 a floor": adafactor_of_a_vector(1, 1 - HALF * F(3, 5), 9, epsilon1=5.0),
    # v = 3^2 + 16.
    "adafactor, epsilon1 added": adafactor_of_a_vector(
        1, 1 - HALF * F(3, 5), 25, epsilon1=16.0, epsilon1_position="added"
    ),
    "adafactor, from zero": adafactor_of_a_vector(0, -F(1, 4) * HALF, 9),
    "adafactor, rate bounded by 1 / sqrt(t)": adafactor_of_a_vector(1, 0, 9, learning_rate=2.0),
    "adafactor, scaled before decay": adafactor_of_a_vector(
        2, F(3, 2) - HALF * 2, 9, weight_decay=0.5, weight_decay_coupling="decoupled"
    ),
    "adafactor, scaled after decay": adafactor_of_a_vector(
        2, F(3, 2) - HALF * F(3, 2), 9, weight_decay=0.5, weight_decay_coupling="decoupled", scale_after_decay=True
    ),
}


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
    theta = np.array([1.0, 2.0])
    optimizer = getattr(numpy_impl.optimizers, name)([theta])
    assert optimizer.rule == frameworks.rule_of(frameworks.of("numpy").call(name, {}))
    optimizer.step([np.array([1.0, -1.0])])
    assert not np.array_equal(theta, [1.0, 2.0])


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
