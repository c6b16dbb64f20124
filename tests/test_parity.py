"""Parity, teacher-forced: the same parameters and the same gradients through every implementation of every rule.

NumPy follows the rule and is the reference; beside it go the framework's own class (Keras's in a tf.function, and
eagerly) and the drop-ins for both frameworks. What is compared is the whole path, the largest difference at any step.

Eagerly Keras takes a millisecond for each parameter and step, so those walks are of one run, and for `make test-full`;
so are the drop-ins in float32, whose code knows no dtype.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import pytest
import tensorflow as tf
import torch
from keras.optimizers import schedules
from parallel import DTYPES
from rule_cases import NOBODYS
from spoken import spoken
from torch.optim import lr_scheduler
from walks import STEPS, eagerly, gap, in_numpy, in_torch, keras_loop

import tf_impl.groups
import torch_impl.groups
from comparisons import frameworks
from comparisons.rules import (
    ClipGlobalNorm,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    StepDecay,
    rate_at,
)

# --- the cases: what each framework has, with every switch; and rules that are nobody's

TORCH = [
    "torch.optim.SGD(lr=0.1)",
    "torch.optim.SGD(lr=0.1, weight_decay=0.1)",
    "torch.optim.SGD(lr=0.1, momentum=0.9)",
    "torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.1)",
    "torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1)",
    "torch.optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)",
    "torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_value_(clip_value=0.5)",
    "torch.optim.SGD(lr=0.1); each torch.nn.utils.clip_grad_norm_(max_norm=2.0)",
    "torch.optim.Adagrad(lr=0.1)",
    "torch.optim.Adagrad(lr=0.1, weight_decay=0.1, initial_accumulator_value=0.1, eps=0.001)",
    "torch.optim.Adagrad(lr=0.1, lr_decay=0.01)",
    "torch.optim.Adadelta(lr=1.0, rho=0.9, eps=1e-06)",
    "torch.optim.Adadelta(lr=0.5, rho=0.95, eps=0.001, weight_decay=0.1)",
    "torch.optim.RMSprop(lr=0.01)",
    "torch.optim.RMSprop(lr=0.01, eps=0.001, weight_decay=0.1)",
    "torch.optim.RMSprop(lr=0.01, momentum=0.9)",
    "torch.optim.RMSprop(lr=0.01, centered=True)",
    "torch.optim.RMSprop(lr=0.01, momentum=0.9, centered=True, alpha=0.9)",
    "torch.optim.Adam(lr=0.01)",
    "torch.optim.Adam(lr=0.01, eps=0.001, weight_decay=0.1)",
    "torch.optim.Adam(lr=0.01, amsgrad=True)",
    "torch.optim.Adam(lr=0.01, amsgrad=True, weight_decay=0.1, decoupled_weight_decay=True)",
    "torch.optim.AdamW(lr=0.01, weight_decay=0.1, betas=(0.8, 0.99))",
    "torch.optim.Adamax(lr=0.01)",
    "torch.optim.Adamax(lr=0.01, eps=0.001, weight_decay=0.1)",
    "torch.optim.NAdam(lr=0.01)",
    "torch.optim.NAdam(lr=0.01, momentum_decay=1.0, eps=0.001, weight_decay=0.1)",
    "torch.optim.NAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)",
    "torch.optim.RAdam(lr=0.01)",
    "torch.optim.RAdam(lr=0.01, eps=0.001, weight_decay=0.1)",
    "torch.optim.RAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)",
    "torch.optim.ASGD(lr=0.1)",
    "torch.optim.ASGD(lr=0.1, lambd=0.01, alpha=0.9, t0=50.0, weight_decay=0.1)",
    "torch.optim.Rprop(lr=0.01)",
    "torch.optim.Rprop(lr=0.01, etas=(0.4, 1.3), step_sizes=(0.001, 0.02))",
    "torch.optim.Adafactor(lr=0.01)",
    "torch.optim.Adafactor(lr=0.01, beta2_decay=-0.7, eps=(1e-08, 0.01), d=2.0, weight_decay=0.1)",
    "torch.optim.Adafactor(lr=0.5, weight_decay=2.0)",
    "torch.optim.Adafactor(lr=0.5, weight_decay=3.0)",
]
KERAS = [
    "keras.optimizers.SGD(learning_rate=0.1)",
    "keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.1)",
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.1)",
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)",
    "keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)",
    "keras.optimizers.SGD(learning_rate=0.1, clipnorm=2.0)",
    "keras.optimizers.Adagrad(learning_rate=0.1)",
    "keras.optimizers.Adagrad(learning_rate=0.1, initial_accumulator_value=0.0, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.Adadelta(learning_rate=1.0)",
    "keras.optimizers.Adadelta(learning_rate=0.5, rho=0.8, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.RMSprop(learning_rate=0.01)",
    "keras.optimizers.RMSprop(learning_rate=0.01, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.RMSprop(learning_rate=0.01, momentum=0.9)",
    "keras.optimizers.RMSprop(learning_rate=0.01, centered=True)",
    "keras.optimizers.RMSprop(learning_rate=0.01, momentum=0.9, centered=True, rho=0.99)",
    "keras.optimizers.Adam(learning_rate=0.01)",
    "keras.optimizers.Adam(learning_rate=0.01, amsgrad=True, epsilon=0.001)",
    "keras.optimizers.Adam(learning_rate=0.01, weight_decay=0.1)",
    "keras.optimizers.AdamW(learning_rate=0.01, weight_decay=0.1, beta_1=0.8, beta_2=0.99)",
    "keras.optimizers.Adamax(learning_rate=0.01)",
    "keras.optimizers.Adamax(learning_rate=0.01, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.Nadam(learning_rate=0.01)",
    "keras.optimizers.Nadam(learning_rate=0.01, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.Ftrl(learning_rate=0.1)",
    "keras.optimizers.Ftrl(learning_rate=0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02, "
    "beta=0.1)",
    "keras.optimizers.Ftrl(learning_rate=0.1, l2_shrinkage_regularization_strength=0.03, weight_decay=0.1)",
    "keras.optimizers.Ftrl(learning_rate=0.1, learning_rate_power=-0.7)",
    "keras.optimizers.Lion(learning_rate=0.01)",
    "keras.optimizers.Lion(learning_rate=0.01, beta_1=0.8, beta_2=0.9, weight_decay=0.1)",
    "keras.optimizers.Lamb(learning_rate=0.01)",
    "keras.optimizers.Lamb(learning_rate=0.01, epsilon=0.001, weight_decay=0.1)",
    "keras.optimizers.Adafactor(learning_rate=0.01)",
    "keras.optimizers.Adafactor(learning_rate=0.01, beta_2_decay=-0.7, epsilon_1=1e-08, epsilon_2=0.01, "
    "clip_threshold=2.0)",
    "keras.optimizers.Adafactor(learning_rate=0.01, weight_decay=0.1)",
]

CLIP = 8.0  # of all gradients together; a power of two, as Keras multiplies by CLIP (1 / CLIP) where nothing is clipped


@dataclass(frozen=True)
class Run:
    """What a case is put through: gradients of a size, and a learning rate that falls to a tenth half way, or not."""

    size: float
    falls: bool = False


RUNS = {
    "gradients of 1": Run(1.0),
    "gradients of 1e-3, the learning rate falls": Run(1e-3, falls=True),
    "gradients of 1e-6": Run(1e-6),
    "gradients of 10, clipped": Run(10.0),  # their norms are 29 to 68; those of the other runs are at most 7
}


@lru_cache
def call_of(case):
    """The call, with a clipping if it has none, and with every argument: Keras rounds a default that is left to it."""
    call = spoken(case)
    if call.framework == "tf" and not {"clipvalue", "clipnorm"} & call.arguments.keys():
        call = replace(call, arguments={**call.arguments, "global_clipnorm": CLIP})
    if call.framework == "torch" and call.clipping is None:
        call = spoken(f"{case}; torch.nn.utils.clip_grad_norm_(max_norm={CLIP})")
    return frameworks.complete(call)


@lru_cache
def rule_of(case):
    """The rule that the call stands for; one that is nobody's stands for itself, and clips as the others."""
    match case:
        case str():
            return frameworks.rule_of(call_of(case))
        case rule:
            return replace(rule, clip=ClipGlobalNorm(limit=CLIP, formula="exact"))


# --- the walks


def falls(case, run):
    """Whether the learning rate falls by hand: a schedule falls by itself."""
    return run.falls and isinstance(rule_of(case).learning_rate, float)


@lru_cache
def reference(case, run, dtype):
    rule = rule_of(case)
    if falls(case, run):
        rule = replace(rule, learning_rate=StepDecay(initial=rule.learning_rate, every=STEPS // 2, factor=0.1))
    return in_numpy(rule, dtype, run.size)


def by_torch(optimizer_of, case, run, dtype):
    def make(parameters):
        return torch_impl.groups.stepper_of(optimizer_of(case), parameters)

    def before_step(optimizer, t):
        if t == STEPS // 2 + 1 and falls(case, run):
            optimizer.param_groups[0]["lr"] *= 0.1

    return in_torch(make, dtype, run.size, before_step)


@lru_cache(maxsize=1)  # traced once for all runs of a case
def loop_of(optimizer_of, wrapped, case, dtype):
    def make(variables):
        return tf_impl.groups.stepper_of(optimizer_of(case), variables)

    return keras_loop(make, dtype, wrapped, by_hand=isinstance(rule_of(case).learning_rate, float))


def by_keras(wrapped, optimizer_of, case, run, dtype):
    """`wrapped` is what the loop over the steps is: a tf.function, or nothing."""
    factors = np.ones(STEPS)
    factors[STEPS // 2] = 0.1 if run.falls else 1.0
    return loop_of(optimizer_of, wrapped, case, dtype)(run.size, factors)


# --- the comparison: (who, the walk, its runs, its mark in each dtype)

ALL, FALLS = tuple(RUNS), ("gradients of 1e-3, the learning rate falls",)
ALWAYS, SELDOM = dict.fromkeys(DTYPES, ()), dict.fromkeys(DTYPES, pytest.mark.full)
IN_FLOAT64 = {**SELDOM, "float64": ()}
OWN = {
    "torch": [("torch", partial(by_torch, call_of), ALL, ALWAYS)],
    "tf": [
        ("keras", partial(by_keras, tf.function, call_of), ALL, ALWAYS),
        ("keras eagerly", partial(by_keras, eagerly, call_of), FALLS, SELDOM),
    ],
}
DROP_INS = [
    ("drop-in for torch", partial(by_torch, rule_of), ALL, IN_FLOAT64),
    ("drop-in for keras", partial(by_keras, tf.function, rule_of), ALL, IN_FLOAT64),
    ("drop-in for keras eagerly", partial(by_keras, eagerly, rule_of), FALLS, SELDOM),
]
CELLS = [
    pytest.param(dtype, case, who, walk, runs, marks=marks[dtype], id=f"{dtype} {case} {who}")
    for cases, own in ((TORCH, OWN["torch"]), (KERAS, OWN["tf"]), (NOBODYS, []))
    for case in cases
    for dtype in DTYPES
    for who, walk, runs, marks in [*own, *DROP_INS]
]
# Each step rounds some ten times, in torch with fused multiply-adds and a root that is not always the nearest, in
# Keras with x / sqrt(y) as x rsqrt(y). In 200 steps that came to 5e-7 and 2e-15. Two things make it more in float32:
# torch's 1 - learning_rate weight_decay and Keras's 1 - beta2 are rounded once, and to the same side 200 times: 3e-6.
ROUNDING = {"float32": (0, 5e-6), "float64": (0, 1e-14)}
# Ftrl's n^k - a^k, where g^2 is 1e-8 of the accumulator, is a difference of two powers that round on their own: 2e-5
# and 4e-14, where a power 1/2 is not the nearest root (of TensorFlow's eager ones a quarter is not, in float64 a
# seventh; a tf.function takes the root); and 2e-11 where k is not 1/2: each library rounds it in another way.
POWERS, OTHER_POWERS = {"float32": (0, 5e-5), "float64": (0, 1e-13)}, {"float32": (0, 5e-5), "float64": (0, 1e-10)}
# Keras takes 0.96 through float32, where it is off by 9e-9 of itself: with full precision it would be 1e-14.
THROUGH_FLOAT32 = {**ROUNDING, "float64": (1e-12, 1e-8)}
APART = {
    **{
        f"{case} {who}": POWERS
        for case in KERAS
        if "Ftrl" in case
        for who in ("keras eagerly", "drop-in for torch", "drop-in for keras eagerly")
    },
    **{
        f"keras.optimizers.Ftrl(learning_rate=0.1, learning_rate_power=-0.7) {who}": OTHER_POWERS
        for who in ("keras", "keras eagerly", "drop-in for torch", "drop-in for keras", "drop-in for keras eagerly")
    },
    **{f"{case} {who}": THROUGH_FLOAT32 for case in KERAS if "Nadam" in case for who in ("keras", "keras eagerly")},
}


@pytest.mark.every(5)
@pytest.mark.parametrize(("dtype", "case", "who", "walk", "runs"), CELLS)
def test_follows_the_rule_as_numpy_does(dtype, case, who, walk, runs):
    gaps = {name: gap(walk(case, RUNS[name], dtype), reference(case, RUNS[name], dtype)) for name in runs}
    least, most = APART.get(f"{case} {who}", ROUNDING)[dtype]
    assert least <= max(gaps.values()) <= most, gaps


# --- the schedules of both frameworks

SCHEDULES = {
    "step": (
        StepDecay(initial=0.1, every=3, factor=0.5),
        lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5),
        schedules.ExponentialDecay(np.float64(0.1), np.float64(3), np.float64(0.5), staircase=True),
    ),
    "exponential": (
        ExponentialDecay(initial=0.1, rate=0.9),
        lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.9),
        schedules.ExponentialDecay(np.float64(0.1), np.float64(1), np.float64(0.9)),
    ),
    "inverse time": (
        InverseTimeDecay(initial=0.1, rate=0.3, over=2.0),
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda k: 1 / (1 + 0.15 * k)),
        schedules.InverseTimeDecay(np.float64(0.1), np.float64(2), np.float64(0.3)),
    ),
    "cosine": (
        CosineDecay(initial=0.1, over=10, floor=0.25),
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=0.025),
        schedules.CosineDecay(np.float64(0.1), np.float64(10), np.float64(0.25)),
    ),
}


@pytest.mark.parametrize("label", SCHEDULES)
def test_schedules_are_those_of_the_frameworks(label):
    schedule, scheduler_of, of_keras = SCHEDULES[label]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler, of_torch = scheduler_of(optimizer), []
    for _ in range(11):
        of_torch.extend(scheduler.get_last_lr())
        optimizer.step()
        scheduler.step()
    ours = [rate_at(schedule, k) for k in range(11)]
    # torch multiplies its way from step to step: ten roundings
    np.testing.assert_allclose(of_torch, ours, rtol=1e-14)
    np.testing.assert_allclose([float(of_keras(k)) for k in range(11)], ours, rtol=1e-14)
