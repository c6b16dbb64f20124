"""Every rule, as the tests have it: its first steps by hand, its switches, and what neither framework has of it.

GOLDEN steps NumPy (test_optimizers); RULES go through the drop-ins of both frameworks (test_drop_ins and theirs);
NOBODYS go 200 steps through all of them (test_parity); BOOKS are the book's defaults (test_dialects). A new rule is a
row of GOLDEN, of RULES and of BOOKS.
"""

from dataclasses import replace
from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest

from comparisons import frameworks, rules
from comparisons.rules import (
    ASGD,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    ClipValue,
    Ftrl,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    StepDecay,
)

# --- first steps, worked out in fractions

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


SCHEDULE_FREE = rules.ScheduleFreeAdamW(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0)
MUON = rules.Muon(
    learning_rate=0.5,
    momentum=0.5,
    nesterov=True,
    velocity="sum",
    ns_a=1.0,
    ns_b=-0.5,
    ns_c=0.0,
    iterations=1,
    iteration_dtype="parameter",
    epsilon=0.0,
    epsilon_position="added",
    scale="aspect",
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
    # From 2: 2 - 3/2 = 1/2, of which 1/4 goes; then 3/8 + 11/8, of which 1/4 goes.
    "weight decay, decoupled, last": steps(
        SGD(learning_rate=0.5, momentum=0.75, weight_decay=0.5, weight_decay_coupling="decoupled-last"),
        [3, -5],
        [F(3, 8), F(21, 16)],
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
    # The steps are b / 2 + d: 5/4 + 5/2 = 15/4, 3/8 - 1/2 = -1/8.
    "rmsprop, momentum, nesterov": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=1.0, epsilon_position="outside-root", momentum=0.5, nesterov=True),
        [5, -1],
        [-HALF * F(15, 4), -HALF * (F(15, 4) - F(1, 8))],
        [1, F(3, 4)],
    ),
    "rmsprop, momentum, nesterov, learning rate in the velocity": steps(
        RMSprop(
            learning_rate=0.5,
            rho=0.96,
            epsilon=1.0,
            epsilon_position="outside-root",
            momentum=0.5,
            nesterov=True,
            learning_rate_in_velocity=True,
        ),
        [5, -1],
        [-HALF * F(15, 4), -HALF * (F(15, 4) - F(1, 8))],
        [1, HALF * F(3, 4)],
    ),
    # v = 24/25 * 25/24 + (15/4)^2 / 25 = (5/4)^2, then 3/2 + 1/16 = (5/4)^2 again.
    "rmsprop, from an accumulator": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=1.0, epsilon_position="outside-root", initial_accumulator=25 / 24),
        [F(15, 4), F(5, 4)],
        [-HALF * F(5, 3), -HALF * (F(5, 3) + F(5, 9))],
        [F(25, 16)],
    ),
    # v = 1, 1 as above; divided by 1/25 and 49/625 its roots are 5 and 25/7.
    "rmsprop, bias correction": steps(
        RMSprop(learning_rate=0.5, rho=0.96, epsilon=1.0, epsilon_position="outside-root", bias_correction=True),
        [5, -1],
        [-HALF * F(5, 6), -HALF * (F(5, 6) - 1 / (F(25, 7) + 1))],
        [1],
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
    # The second row has no gradient in the second step, and stays; the first goes on, as 5, -1 above.
    "adam, lazy": (
        Adam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, epsilon_position="corrected-root", lazy=True),
        np.zeros((2, 2)),
        [np.array([[5, 0], [5, 5]]), np.array([[-1, 0], [0, 0]])],
        [
            np.array([[-F(5, 12), 0], [-F(5, 12), -F(5, 12)]]),
            np.array([[-HALF * (F(5, 6) + F(7, 32)), 0], [-F(5, 12), -F(5, 12)]]),
        ],
        [np.array([[F(3, 4), 0], [F(5, 2), F(5, 2)]]), np.array([[1, 0], [1, 1]])],
    ),
    "adam, no bias correction": steps(
        Adam(
            learning_rate=0.5,
            beta1=0.5,
            beta2=0.96,
            epsilon=1.0,
            epsilon_position="uncorrected-root",
            bias_correction=False,
        ),
        [5, -1],
        [-HALF * F(5, 2) / (1 + 1), -HALF * (F(5, 2) + F(3, 4)) / (1 + 1)],
        [F(3, 4), 1],
    ),
    # v / c2 + 144 = 25 + 12^2 = 13^2.
    "adam, epsilon in the root too": steps(
        Adam(
            learning_rate=0.5,
            beta1=0.5,
            beta2=0.96,
            epsilon=1.0,
            epsilon_position="corrected-root",
            root_epsilon=144.0,
        ),
        [5],
        [-HALF * F(5, 13 + 1)],
        [F(5, 2), 1],
    ),
    # n = 5/4 / (3/4) + 5/2 / (1/2) = 20/3, 3/8 / (7/8) - 1/2 / (3/4) = -5/21.
    "adam, nesterov": steps(
        Adam(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, epsilon_position="corrected-root", nesterov=True),
        [5, -1],
        [-HALF * F(20, 3) / (5 + 1), -HALF * (F(20, 3) / (5 + 1) - F(5, 21) / (F(25, 7) + 1))],
        [F(3, 4), 1],
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
    # d = (3/10, 4/10) - (6/10, 0), again of norm 1/2, and theta has norm 6.
    "lamb, decay in the step": (
        Lamb(
            learning_rate=0.5,
            beta1=0.5,
            beta2=0.96,
            epsilon=1.0,
            decay_in_step=True,
            weight_decay=0.1,
            weight_decay_coupling="decoupled",
        ),
        [-6, 0],
        [[F(3, 7), F(2, 3)]],
        [[-6 + HALF * 12 * F(3, 10), -HALF * 12 * F(4, 10)]],
        [[F(3, 14), F(1, 3)], [F(1, 25) * F(3, 7) ** 2, F(1, 25) * F(2, 3) ** 2]],
    ),
    # m = (3/14, 1/3), roots of v = (3/35, 2/15).
    "lamb, no bias correction": (
        Lamb(learning_rate=0.5, beta1=0.5, beta2=0.96, epsilon=1.0, bias_correction=False),
        [0, 0],
        [[F(3, 7), F(2, 3)]],
        [[-HALF * F(3, 14) / (F(3, 35) + 1), -HALF * F(1, 3) / (F(2, 15) + 1)]],
        [[F(3, 14), F(1, 3)], [F(1, 25) * F(3, 7) ** 2, F(1, 25) * F(2, 3) ** 2]],
    ),
    # m = 4, 8; m / c1 = 8, 32/3; g - m = 4, 4; s = 4 + 9/4 = 25/4, 75/16 + 4 + 9/4 = 175/16; s / c2 = 5^2, 5^2.
    "adabelief": steps(
        AdaBelief(learning_rate=0.5, beta1=0.5, beta2=0.75, epsilon=2.25),
        [8, 12],
        [-HALF * 8 / (5 + F(9, 4)), -HALF * (8 + F(32, 3)) / (5 + F(9, 4))],
        [8, F(175, 16)],
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
    # c = 1, 1/2, 1/3; z = -1, -3, -3. The steps are 1/2 g, 3/8 g.
    "schedule-free sgd": steps(
        rules.ScheduleFreeSGD(learning_rate=0.5, momentum=0.5), [2, 4, 0], [-1, -F(5, 2), -F(8, 3)], [-3]
    ),
    # Rates 1/4, 1/2; weights 1/4, 2 * 1/2, so c = 1, 4/5; z = -1/2, -5/2.
    "schedule-free sgd, warmed up, weighted": steps(
        rules.ScheduleFreeSGD(learning_rate=0.5, momentum=0.5, warmup_steps=2, rate_power=1.0, step_power=1.0),
        [2, 4],
        [-HALF, -HALF - HALF * F(9, 10) * 4],
        [-F(5, 2)],
    ),
    # d = 5/6, -7/32 as Adam's without momentum; c = 1, 1/2; z = -5/12, -5/12 + 7/64.
    "schedule-free adamw": steps(
        SCHEDULE_FREE, [5, -1], [-F(5, 12), -F(5, 12) + HALF * F(3, 4) * F(7, 32)], [-F(5, 12) + F(7, 64), 1]
    ),
    "schedule-free adamw, with an alias": steps(
        replace(SCHEDULE_FREE, aliased=True),
        [5, -1],
        [-F(5, 12), -F(5, 12) + HALF * F(7, 64)],
        [-F(5, 12) + F(7, 64), 1],
    ),
    # d = 5/6 + 1/2 * 2.
    "schedule-free adamw, decay in the step": steps(
        replace(SCHEDULE_FREE, weight_decay=0.5, weight_decay_coupling="decoupled"),
        [5],
        [2 - HALF * F(11, 6)],
        [2 - HALF * F(11, 6), 1],
        start=2,
    ),
    # theta = 3/2 before the step; z is 2 still, and c = 1.
    "schedule-free adamw, decay past the step": steps(
        replace(SCHEDULE_FREE, weight_decay=0.5, weight_decay_coupling="decoupled", decay_in_step=False),
        [5],
        [2 - F(5, 12)],
        [2 - F(5, 12), 1],
        start=2,
    ),
    # u = 3/2 four times, of norm 3: X = 1/4, so A = 1/4, and X (1 - 1/2 * 1/4) = 7/32; s = 1/4 * 2.
    "muon, epsilon a floor, by root mean squares": (
        replace(MUON, velocity="mean", epsilon=6.0, epsilon_position="floor", scale="rms", rms_rate=0.25),
        np.zeros((1, 4)),
        [np.full((1, 4), 2)],
        [np.full((1, 4), -HALF * HALF * 7 / 32)],
        [np.ones((1, 4))],
    ),
    # u = 2 four times, of norm 4, and 4 more is 8: X as above; s = sqrt(4 / 1).
    "muon, epsilon added, by the aspect": (
        replace(MUON, nesterov=False, epsilon=4.0),
        np.zeros((4, 1)),
        [np.full((4, 1), 2)],
        [np.full((4, 1), -HALF * 2 * 7 / 32)],
        [np.full((4, 1), 2)],
    ),
    # A = 1, so X 1/2, then A = 1/4, so X 7/8 of that.
    "muon, two steps, not scaled": (
        replace(MUON, iterations=2, scale="none"),
        np.zeros((1, 2)),
        [np.array([[3, 4]])],
        [-HALF * HALF * F(7, 8) * np.array([[F(3, 5), F(4, 5)]])],
        [np.array([[3, 4]])],
    ),
    # X = 1, A = 1: 1/4 + 1/2 - 1/8, and the third term of -1/8 is A A X.
    "muon, all three coefficients": (
        replace(MUON, ns_a=0.25, ns_b=0.5, ns_c=-0.125),
        np.zeros((1, 1)),
        [np.full((1, 1), 2), np.full((1, 1), -3)],
        [np.full((1, 1), -HALF * F(5, 8)), np.zeros((1, 1))],
        [np.full((1, 1), -2)],
    ),
    "adafactor, rate not bounded": adafactor_of_a_vector(1, -1, 9, learning_rate=2.0, relative_step=False),
    "adafactor, not scaled": adafactor_of_a_vector(2, F(3, 2), 9, scale_parameter=False),
    "adafactor, scaled before decay": adafactor_of_a_vector(
        2, F(3, 2) - HALF * 2, 9, weight_decay=0.5, weight_decay_coupling="decoupled"
    ),
    "adafactor, scaled after decay": adafactor_of_a_vector(
        2, F(3, 2) - HALF * F(3, 2), 9, weight_decay=0.5, weight_decay_coupling="decoupled", scale_after_decay=True
    ),
}

# --- every rule, with every switch

USUAL = {"learning_rate": StepDecay(initial=0.01, every=10, factor=0.1)}  # to a tenth, after ten steps
MOMENTS = {**USUAL, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
SQUARES = {**USUAL, "rho": 0.9, "epsilon": 1e-7}
VELOCITY = {"momentum": 0.9}
FACTORS = {**USUAL, "beta2_decay": -0.8, "epsilon2": 1e-3, "clip_threshold": 1.0}
PENALTIES = {"initial_accumulator": 0.1, "l1": 1e-3, "l2": 0.01, "l2_shrinkage": 0.01, "beta": 0.1}
NO_PENALTIES = {"initial_accumulator": 0.1, "l1": 0.0, "l2": 0.0, "l2_shrinkage": 0.0, "beta": 0.0}
ON_OFF = (False, True)
ROOTS = ("outside-root", "inside-root")


def crossed(rule, fields, **switches):
    """The rule with every combination of its switches, by name."""
    for values in product(*switches.values()):
        label = " ".join([rule.__name__, *(f"{name}={value}" for name, value in zip(switches, values, strict=True))])
        yield label, rule(**fields, **dict(zip(switches, values, strict=True)))


RULES = dict(
    [
        *crossed(rules.SGD, USUAL),
        *crossed(rules.SGD, USUAL | VELOCITY, nesterov=ON_OFF, learning_rate_in_velocity=ON_OFF),
        *crossed(rules.SGD, USUAL | VELOCITY, dampening=(0.3,)),
        *crossed(rules.Adagrad, USUAL | {"epsilon": 1e-7}, epsilon_position=ROOTS, initial_accumulator=(0.0, 0.1)),
        *crossed(rules.Adadelta, SQUARES),
        *crossed(rules.RMSprop, SQUARES, epsilon_position=ROOTS, centered=ON_OFF),
        *crossed(
            rules.RMSprop,
            SQUARES | VELOCITY,
            epsilon_position=ROOTS,
            centered=ON_OFF,
            learning_rate_in_velocity=ON_OFF,
        ),
        *crossed(
            rules.RMSprop,
            SQUARES | VELOCITY,
            epsilon_position=("inside-root",),
            learning_rate_in_velocity=ON_OFF,
            nesterov=(True,),
            initial_accumulator=(1.0,),
            bias_correction=(True,),
        ),
        *crossed(rules.Adam, MOMENTS, epsilon_position=("corrected-root", "uncorrected-root"), amsgrad=ON_OFF),
        *crossed(rules.Adam, MOMENTS, epsilon_position=("uncorrected-root",), bias_correction=(False,)),
        *crossed(rules.Adam, MOMENTS, epsilon_position=("uncorrected-root",), lazy=(True,)),
        *crossed(rules.Adam, MOMENTS, epsilon_position=("corrected-root",), root_epsilon=(0.0, 1e-3), nesterov=(True,)),
        *crossed(rules.Adamax, MOMENTS, epsilon_position=("in-maximum", "added")),
        *crossed(rules.NAdam, MOMENTS, momentum_decay=(1.0, 0.004)),
        *crossed(rules.RAdam, MOMENTS, epsilon_position=("uncorrected-root", "corrected-root")),
        *crossed(rules.ASGD, USUAL, decay=(0.01,), power=(0.75,), average_from=(10.0,)),
        *crossed(rules.Rprop, USUAL, shrinkage=(0.5,), growth=(1.2,), smallest=(1e-6,), largest=(50.0,)),
        *crossed(rules.Ftrl, USUAL | PENALTIES, learning_rate_power=(-0.5, -0.7)),
        *crossed(rules.Ftrl, USUAL | NO_PENALTIES, learning_rate_power=(-0.6,)),
        *crossed(rules.ScheduleFreeSGD, USUAL | VELOCITY, warmup_steps=(0,), step_power=(0.0,)),
        *crossed(rules.ScheduleFreeSGD, USUAL | VELOCITY, warmup_steps=(5,), step_power=(0.5,)),
        *crossed(
            rules.ScheduleFreeAdamW, MOMENTS, warmup_steps=(5,), aliased=ON_OFF, decay_in_step=ON_OFF, rate_power=(2.0,)
        ),
        *crossed(rules.Lion, USUAL, beta1=(0.9,), beta2=(0.99,)),
        *crossed(rules.Lamb, MOMENTS),
        *crossed(rules.Lamb, MOMENTS, decay_in_step=(True,), bias_correction=(False,)),
        *crossed(rules.AdaBelief, MOMENTS | {"beta1": 0.8, "epsilon": 1e-16}),
        *crossed(
            rules.Adafactor,
            FACTORS,
            epsilon1=(1e-9,),
            epsilon1_position=("added", "floor"),
            scale_after_decay=ON_OFF,
        ),
        *crossed(
            rules.Adafactor,
            FACTORS,
            epsilon1=(1e-9,),
            epsilon1_position=("added",),
            scale_after_decay=(False,),
            scale_parameter=(False,),
            relative_step=(False,),
        ),
        *crossed(rules.Adafactor, FACTORS, epsilon1=(None,), epsilon1_position=("floor",), scale_after_decay=(False,)),
    ]
)
FIRST = {type(rule).__name__: rule for rule in reversed(RULES.values())}  # of each family
# For what takes long and depends on little but the family: the others are for `make test-full`.
SAMPLED = [
    label if rule in FIRST.values() else pytest.param(label, marks=pytest.mark.full) for label, rule in RULES.items()
]
VECTORS = tuple(FIRST)  # those that move vectors, too; of the others, tests of their own (test_muon)
FIRST |= {"Muon": replace(MUON, **USUAL, epsilon=1e-7, ns_c=0.1, scale="rms")}

# --- what neither framework has

DECOUPLED = {"weight_decay": 0.1, "weight_decay_coupling": "decoupled"}
ROOTED = {"learning_rate": 0.01, "rho": 0.9, "epsilon": 1e-3}
NUMBERS = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
SIZES = {"learning_rate": 0.01, "shrinkage": 0.5, "growth": 1.2, "smallest": 1e-6, "largest": 50.0}
FTRL = {"learning_rate_power": -0.5, "initial_accumulator": 0.1, "l1": 0.01, "l2": 0, "l2_shrinkage": 0, "beta": 0}
CONSTANT = {"learning_rate": 0.01, "beta2_decay": -0.8, "epsilon2": 1e-3, "clip_threshold": 1.0}
NOBODYS = [
    rules.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.1, weight_decay_coupling="decoupled"),
    rules.SGD(learning_rate=0.1, momentum=0.9, learning_rate_in_velocity=True, weight_decay=0.1),
    rules.Adam(**NUMBERS, epsilon_position="corrected-root", weight_decay=0.1, weight_decay_coupling="decoupled-last"),
    rules.Adam(**NUMBERS, epsilon_position="uncorrected-root", bias_correction=False, **DECOUPLED),
    rules.RMSprop(
        **ROOTED,
        epsilon_position="inside-root",
        momentum=0.9,
        learning_rate_in_velocity=True,
        nesterov=True,
        initial_accumulator=1.0,
    ),
    rules.Lamb(**NUMBERS, decay_in_step=True, **DECOUPLED),
    rules.Adam(**NUMBERS, epsilon_position="corrected-root", lazy=True, **DECOUPLED),
    rules.RAdam(**NUMBERS, epsilon_position="corrected-root", **DECOUPLED),
    rules.SGD(learning_rate=0.1, momentum=0.9, nesterov=True, learning_rate_in_velocity=True, weight_decay=0.1),
    rules.Adagrad(learning_rate=0.1, epsilon=0.001, epsilon_position="inside-root", weight_decay=0.1),
    rules.Adagrad(learning_rate=0.1, epsilon=0.001, epsilon_position="outside-root", **DECOUPLED),
    rules.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-06, **DECOUPLED),
    rules.RMSprop(**ROOTED, epsilon_position="outside-root", momentum=0.9, learning_rate_in_velocity=True),
    rules.RMSprop(**ROOTED, epsilon_position="inside-root", momentum=0.9),
    rules.RMSprop(
        **ROOTED, epsilon_position="outside-root", momentum=0.9, centered=True, learning_rate_in_velocity=True
    ),
    rules.RMSprop(**ROOTED, epsilon_position="inside-root", momentum=0.9, centered=True, **DECOUPLED),
    rules.RMSprop(**ROOTED, epsilon_position="inside-root", weight_decay=0.1),
    rules.Adam(**NUMBERS, epsilon_position="uncorrected-root", amsgrad=True, weight_decay=0.1),
    rules.Adamax(**NUMBERS, epsilon_position="in-maximum", **DECOUPLED),
    rules.Adamax(**NUMBERS, epsilon_position="added", weight_decay=0.1),
    rules.NAdam(**NUMBERS, momentum_decay=0.1, **DECOUPLED),
    rules.ASGD(learning_rate=0.1, decay=0.01, power=0.75, average_from=20.0, **DECOUPLED),
    rules.Rprop(**SIZES, weight_decay=0.1),
    rules.Rprop(**SIZES, **DECOUPLED),
    rules.Ftrl(learning_rate=0.1, **FTRL, weight_decay=0.1),
    rules.Lion(learning_rate=0.01, beta1=0.9, beta2=0.99, weight_decay=0.1),
    rules.Lamb(**NUMBERS, weight_decay=0.1),
    rules.Adafactor(**CONSTANT, epsilon1=None, epsilon1_position="floor", scale_after_decay=True, **DECOUPLED),
    rules.Adafactor(**CONSTANT, epsilon1=None, epsilon1_position="floor", scale_after_decay=False, weight_decay=0.1),
    rules.Adafactor(**CONSTANT, epsilon1=1e-30, epsilon1_position="added", scale_after_decay=False, **DECOUPLED),
    rules.Adafactor(**CONSTANT, epsilon1=1e-30, epsilon1_position="added", scale_after_decay=True, weight_decay=0.1),
]

# Of a rule that no framework has a class for, each row of RULES too.
SHIPPED = {native.rule for one in ("torch", "tf") for native in frameworks.of(one).classes.values()}
NOBODYS += [
    replace(rule, learning_rate=rule.learning_rate.initial, **decay)
    for rule in RULES.values()
    if type(rule) not in SHIPPED
    for decay in ({"weight_decay": 0.1}, DECOUPLED)
]

# --- the book's optimizers, by the defaults of their papers

BOOKS = {
    "numpy_impl.optimizers.SGD(learning_rate=0.01)": SGD(learning_rate=0.01),
    "numpy_impl.optimizers.Momentum(learning_rate=0.01, momentum=0.9)": SGD(
        learning_rate=0.01, momentum=0.9, learning_rate_in_velocity=True
    ),
    "numpy_impl.optimizers.Nesterov(learning_rate=0.01, momentum=0.9)": SGD(
        learning_rate=0.01, momentum=0.9, nesterov=True, learning_rate_in_velocity=True
    ),
    "numpy_impl.optimizers.AdaDelta(learning_rate=1.0, rho=0.95, epsilon=1e-06)": Adadelta(
        learning_rate=1.0, rho=0.95, epsilon=1e-6
    ),
    "numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-07)": Adagrad(
        learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-7, epsilon_position="outside-root"
    ),
    "numpy_impl.optimizers.Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-07)": Adam(
        learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7, epsilon_position="uncorrected-root"
    ),
    "numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-07)": RMSprop(
        learning_rate=0.01, rho=0.99, epsilon=1e-7, epsilon_position="outside-root"
    ),
    "numpy_impl.optimizers.AdamW(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-07, weight_decay=0.01)": Adam(
        learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7, epsilon_position="uncorrected-root",
        weight_decay=0.01, weight_decay_coupling="decoupled",
    ),
    "numpy_impl.optimizers.AdaMax(learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-07)": Adamax(
        learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-7, epsilon_position="added"
    ),
    "numpy_impl.optimizers.NAdam(learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-07)": NAdam(
        learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-7, momentum_decay=0.004
    ),
    "numpy_impl.optimizers.RAdam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-07)": RAdam(
        learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7
    ),
    "numpy_impl.optimizers.ASGD(learning_rate=0.01)": ASGD(learning_rate=0.01, decay=1e-4, power=0.75, average_from=0),
    "numpy_impl.optimizers.Rprop(learning_rate=0.1)": Rprop(
        learning_rate=0.1, shrinkage=0.5, growth=1.2, smallest=1e-6, largest=50
    ),
    "numpy_impl.optimizers.Ftrl(learning_rate=0.01, initial_accumulator=0.0, l1=0.0, l2=0.0)": Ftrl(
        learning_rate=0.01, learning_rate_power=-0.5, initial_accumulator=0, l1=0, l2=0, l2_shrinkage=0, beta=1
    ),
    "numpy_impl.optimizers.Lion(learning_rate=0.0001, beta1=0.9, beta2=0.99)": Lion(
        learning_rate=1e-4, beta1=0.9, beta2=0.99
    ),
    "numpy_impl.optimizers.Lamb(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-07)": Lamb(
        learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7
    ),
    "numpy_impl.optimizers.Adafactor(learning_rate=0.01, clip_threshold=1.0)": Adafactor(
        learning_rate=0.01, beta2_decay=-0.8, epsilon1=1e-30, epsilon2=1e-3, clip_threshold=1,
        epsilon1_position="added", scale_after_decay=False,
    ),
    "numpy_impl.optimizers.AdaBelief(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-16)": AdaBelief(
        learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-16
    ),
    "numpy_impl.optimizers.ScheduleFreeAdamW(learning_rate=0.0025, beta1=0.9, beta2=0.999, epsilon=1e-08)": (
        rules.ScheduleFreeAdamW(learning_rate=0.0025, beta1=0.9, beta2=0.999, epsilon=1e-8)
    ),
    "numpy_impl.optimizers.ScheduleFreeSGD(learning_rate=1.0, momentum=0.9)": rules.ScheduleFreeSGD(
        learning_rate=1.0, momentum=0.9
    ),
    "numpy_impl.optimizers.Muon(learning_rate=0.02, momentum=0.95)": rules.Muon(
        learning_rate=0.02, momentum=0.95, nesterov=True, velocity="sum", ns_a=3.4445, ns_b=-4.775, ns_c=2.0315,
        iterations=5, iteration_dtype="parameter", epsilon=1e-7, epsilon_position="added", scale="aspect",
    ),
}  # fmt: skip
