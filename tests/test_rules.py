"""Schedules, canonical forms, and which rules are elementwise: case by case, by hand."""

import math
from dataclasses import replace
from fractions import Fraction

import keras
import numpy as np
import pytest
import torch
from spoken import built, built_in_torch, spoken

from comparisons import frameworks
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
    CosineDecay,
    ExponentialDecay,
    Ftrl,
    InverseTimeDecay,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    StepDecay,
    elementwise,
    rate_at,
)
from comparisons.rules.canonical import canonical

# --- schedules

HALF_ROOT = math.sqrt(0.5)
RATES = [
    (0.25, {0: 0.25, 7: 0.25}),
    (StepDecay(initial=0.5, every=3, factor=0.5), {0: 0.5, 2: 0.5, 3: 0.25, 5: 0.25, 6: 0.125, 9: 0.0625}),
    (StepDecay(initial=0.5, every=1, factor=2.0), {0: 0.5, 1: 1.0, 4: 8.0}),
    (ExponentialDecay(initial=0.5, rate=0.5), {0: 0.5, 1: 0.25, 3: 0.0625}),
    (ExponentialDecay(initial=0.5, rate=0.25, over=4), {0: 0.5, 1: 0.5 * HALF_ROOT, 2: 0.25, 4: 0.125, 8: 0.03125}),
    (InverseTimeDecay(initial=0.5, rate=0.5), {0: 0.5, 2: 0.25, 6: 0.125}),
    (InverseTimeDecay(initial=0.5, rate=3.0, over=6), {0: 0.5, 2: 0.25, 6: 0.125}),
    # the cosine is 1, sqrt(1/2), 0, -1 at 0, 1/4, 1/2, 1 of its steps
    (CosineDecay(initial=0.5, over=4), {0: 0.5, 1: 0.25 * (1 + HALF_ROOT), 2: 0.25, 4: 0.0, 5: 0.0, 8: 0.0}),
    (CosineDecay(initial=0.5, over=4, floor=0.5), {0: 0.5, 2: 0.375, 4: 0.25, 100: 0.25}),
    (CosineDecay(initial=0.5, over=4, floor=0.5, rises=True), {0: 0.5, 2: 0.375, 4: 0.25, 6: 0.375, 8: 0.5, 12: 0.25}),
]


@pytest.mark.parametrize(("rate", "by_hand"), RATES)
def test_rates_by_hand(rate, by_hand):
    # two roundings, and a cosine that is 6e-17 where it should be 0
    assert {k: rate_at(rate, k) for k in by_hand} == pytest.approx(by_hand, rel=1e-15, abs=1e-16)
    assert all(type(rate_at(rate, k)) is float for k in by_hand)


def test_a_rate_that_grows_past_all_numbers_is_infinite():
    assert rate_at(ExponentialDecay(initial=0.1, rate=10.0), 400) == math.inf
    assert rate_at(StepDecay(initial=0.1, every=2, factor=10.0), 800) == math.inf
    assert rate_at(ExponentialDecay(initial=0.1, rate=0.1), 400) == 0.0


def test_numbers_of_schedules_are_kept_as_pythons_own():
    schedule = StepDecay(initial=np.float64(0.5), every=3.0, factor=Fraction(1, 2))
    assert repr(schedule) == "StepDecay(initial=0.5, every=3, factor=0.5)"
    assert repr(CosineDecay(initial=1, over=np.int64(3))) == "CosineDecay(initial=1.0, over=3, floor=0.0, rises=False)"
    assert repr(StepDecay(initial=1, every=2, factor=3)) == "StepDecay(initial=1.0, every=2, factor=3.0)"


# The rate of update k + 1 is how far plain descent goes along a gradient of 1, in the frameworks' own words.
STEPS = 40
IN_TORCH = [
    "torch.optim.SGD(lr=0.1)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.StepLR(step_size=7)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.StepLR(step_size=1, gamma=0.75)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.ExponentialLR(gamma=0.9)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.ExponentialLR(gamma=1.1)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.LambdaLR(lr_lambda=lambda k: 1 / (1 + 0.3 * k))",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=50)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=9, eta_min=0.025)",  # and up, and down
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=1, eta_min=0.025)",
]
IN_KERAS = [
    "ExponentialDecay(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.1, staircase=True)",
    "ExponentialDecay(initial_learning_rate=0.1, decay_steps=1, decay_rate=0.9)",
    "ExponentialDecay(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.3)",
    "ExponentialDecay(initial_learning_rate=0.1, decay_steps=10, decay_rate=3.0)",
    "InverseTimeDecay(initial_learning_rate=0.1, decay_steps=1, decay_rate=0.3)",
    "InverseTimeDecay(initial_learning_rate=0.1, decay_steps=2.5, decay_rate=0.5)",
    "CosineDecay(initial_learning_rate=0.1, decay_steps=50)",
    "CosineDecay(initial_learning_rate=0.1, decay_steps=9, alpha=0.25)",  # and stays low
]


def rates_of(call):
    rule = frameworks.rule_of(call)
    return [rate_at(rule.learning_rate, k) for k in range(STEPS)]


@pytest.mark.parametrize("text", IN_TORCH)
def test_rates_are_torchs(text):
    call = spoken(text)
    theta = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, scheduler = built_in_torch(call, theta)
    moved = []
    for _ in range(STEPS):
        before, theta.grad = theta.item(), torch.ones(1, dtype=torch.float64)
        optimizer.step()
        moved.append(before - theta.item())
        if scheduler is not None:
            scheduler.step()
    # theta is rounded at its own size, up to 50; torch multiplies its way from rate to rate, forty roundings
    np.testing.assert_allclose(moved, rates_of(call), rtol=1e-14, atol=1e-14)


def in_double(call):
    """The call with its numbers as np.float64, which Keras takes at full precision."""
    arguments = call.arguments.items()
    return replace(call, arguments={name: value if value is True else np.float64(value) for name, value in arguments})


@pytest.mark.parametrize("text", IN_KERAS)
def test_rates_are_kerass(text):
    schedule = spoken(f"keras.optimizers.schedules.{text}")
    call = frameworks.of("tf").call("SGD", {"learning_rate": schedule})
    theta = keras.Variable(np.zeros(1), dtype="float64")
    optimizer = keras.optimizers.SGD(built(in_double(schedule)))
    moved = []
    for _ in range(STEPS):
        before = theta.numpy().item()
        optimizer.apply([np.ones(1)], [theta])
        moved.append(before - theta.numpy().item())
    np.testing.assert_allclose(moved, rates_of(call), rtol=1e-14, atol=1e-14)  # as above


# --- canonical forms

ADAGRAD = Adagrad(learning_rate=0.1, epsilon=0.25, epsilon_position="outside-root", initial_accumulator=0.5)
RMSPROP = RMSprop(learning_rate=0.1, rho=0.9, epsilon=0.25, epsilon_position="outside-root")
ADAM = Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.25, epsilon_position="corrected-root")
ADAMAX = Adamax(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.25, epsilon_position="in-maximum")
NADAM = NAdam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.25, momentum_decay=0.004)
ADAFACTOR = Adafactor(
    learning_rate=0.1,
    beta2_decay=-0.8,
    epsilon1=1e-15,
    epsilon2=1e-3,
    clip_threshold=1.0,
    epsilon1_position="floor",
    scale_after_decay=False,
)
RADAM = RAdam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.25)
LAMB = Lamb(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.25)
FALLING = ExponentialDecay(initial=0.1, rate=0.5)
KERAS_VELOCITY = {"momentum": 0.9, "learning_rate_in_velocity": True}
DECOUPLED = {"weight_decay": 0.5, "weight_decay_coupling": "decoupled"}

CANONICAL = {
    "no weight decay to couple": (ADAM, replace(ADAM, weight_decay_coupling="decoupled")),
    "no velocity to decay along": (SGD(learning_rate=0.1, weight_decay=0.5), SGD(learning_rate=0.1, **DECOUPLED)),
    "no velocity to look ahead along": (SGD(learning_rate=0.1), SGD(learning_rate=0.1, nesterov=True)),
    "no velocity to dampen": (SGD(learning_rate=0.1), SGD(learning_rate=0.1, dampening=0.5)),
    "no velocity for the learning rate": (
        SGD(learning_rate=FALLING),
        SGD(learning_rate=FALLING, learning_rate_in_velocity=True),
    ),
    "a constant learning rate in the velocity": (
        SGD(learning_rate=0.1, momentum=0.9),
        SGD(learning_rate=0.1, **KERAS_VELOCITY),
    ),
    "and looking ahead": (
        SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
        SGD(learning_rate=0.1, nesterov=True, **KERAS_VELOCITY),
    ),
    "a schedule that stays": (
        SGD(learning_rate=0.1, momentum=0.9),
        SGD(learning_rate=ExponentialDecay(initial=0.1, rate=1.0), **KERAS_VELOCITY),
    ),
    "steps that stay": (SGD(learning_rate=0.1), SGD(learning_rate=StepDecay(initial=0.1, every=3, factor=1.0))),
    "an inverse of nothing": (SGD(learning_rate=0.1), SGD(learning_rate=InverseTimeDecay(initial=0.1, rate=0.0))),
    "a cosine on the floor": (SGD(learning_rate=0.1), SGD(learning_rate=CosineDecay(initial=0.1, over=3, floor=1.0))),
    "steps of one": (SGD(learning_rate=FALLING), SGD(learning_rate=StepDecay(initial=0.1, every=1, factor=0.5))),
    "other steps of the same power": (
        SGD(learning_rate=FALLING),
        SGD(learning_rate=ExponentialDecay(initial=0.1, rate=0.25, over=2)),
    ),
    "other steps of the same inverse": (
        SGD(learning_rate=InverseTimeDecay(initial=0.1, rate=0.25)),
        SGD(learning_rate=InverseTimeDecay(initial=0.1, rate=0.5, over=2)),
    ),
    "epsilon in the accumulator": (
        replace(ADAGRAD, epsilon=0.0, initial_accumulator=0.75),
        replace(ADAGRAD, epsilon_position="inside-root"),
    ),
    "RMSprop without epsilon": (
        replace(RMSPROP, epsilon=0.0),
        replace(RMSPROP, epsilon=0.0, epsilon_position="inside-root"),
    ),
    "RMSprop without velocity": (
        replace(RMSPROP, learning_rate=FALLING),
        replace(RMSPROP, learning_rate=FALLING, learning_rate_in_velocity=True),
    ),
    "RMSprop, a constant learning rate in the velocity": (
        replace(RMSPROP, momentum=0.9),
        replace(RMSPROP, **KERAS_VELOCITY),
    ),
    "Adam without epsilon": (
        replace(ADAM, epsilon=0.0),
        replace(ADAM, epsilon=0.0, epsilon_position="uncorrected-root"),
    ),
    "Adam without beta2": (replace(ADAM, beta2=0.0), replace(ADAM, beta2=0.0, epsilon_position="uncorrected-root")),
    "Adamax without epsilon": (
        replace(ADAMAX, epsilon=0.0),
        replace(ADAMAX, epsilon=0.0, epsilon_position="added"),
    ),
    "Adam without bias correction": (
        replace(ADAM, bias_correction=False),
        replace(ADAM, bias_correction=False, epsilon_position="uncorrected-root"),
    ),
    "RMSprop without velocity to look ahead along": (RMSPROP, replace(RMSPROP, nesterov=True)),
    "RAdam without epsilon": (
        replace(RADAM, epsilon=0.0),
        replace(RADAM, epsilon=0.0, epsilon_position="corrected-root"),
    ),
    "LAMB without weight decay": (LAMB, replace(LAMB, decay_in_step=True)),
    "LAMB with coupled decay": (
        replace(LAMB, weight_decay=0.5),
        replace(LAMB, weight_decay=0.5, decay_in_step=True),
    ),
    "Adafactor without scale": (
        replace(ADAFACTOR, **DECOUPLED, scale_parameter=False),
        replace(ADAFACTOR, **DECOUPLED, scale_parameter=False, scale_after_decay=True),
    ),
    "NAdam without momentum": (replace(NADAM, beta1=0.0, momentum_decay=1.0), replace(NADAM, beta1=0.0)),
    "Adafactor without weight decay": (ADAFACTOR, replace(ADAFACTOR, scale_after_decay=True)),
}


@pytest.mark.parametrize(("form", "rule"), CANONICAL.values(), ids=CANONICAL)
def test_canonical_forms(form, rule):
    assert canonical(rule) == form
    assert canonical(form) == form


# Near the cases above, and not among them: these differ, and stay as they are.
DIFFERENT = {
    "weight decay along a velocity": (
        SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.5),
        SGD(learning_rate=0.1, momentum=0.9, **DECOUPLED),
    ),
    "weight decay first and last": (
        SGD(learning_rate=0.1, weight_decay=0.5),
        SGD(learning_rate=0.1, weight_decay=0.5, weight_decay_coupling="decoupled-last"),
    ),
    "bias correction": (ADAM, replace(ADAM, bias_correction=False)),
    "Adam that looks ahead": (ADAM, replace(ADAM, nesterov=True)),
    "an epsilon in the root": (ADAM, replace(ADAM, root_epsilon=0.5)),
    "where squares start": (RMSPROP, replace(RMSPROP, initial_accumulator=1.0)),
    "squares corrected": (RMSPROP, replace(RMSPROP, bias_correction=True)),
    "looking ahead of RMSprop": (replace(RMSPROP, momentum=0.9), replace(RMSPROP, momentum=0.9, nesterov=True)),
    "epsilon of RAdam": (RADAM, replace(RADAM, epsilon_position="corrected-root")),
    "decay in LAMB's step": (replace(LAMB, **DECOUPLED), replace(LAMB, **DECOUPLED, decay_in_step=True)),
    "the bound of Adafactor's step": (ADAFACTOR, replace(ADAFACTOR, relative_step=False)),
    "the scale of Adafactor's step": (ADAFACTOR, replace(ADAFACTOR, scale_parameter=False)),
    "weight decay of Adam": (replace(ADAM, weight_decay=0.5), replace(ADAM, **DECOUPLED)),
    "a falling learning rate in the velocity": (
        SGD(learning_rate=FALLING, momentum=0.9),
        SGD(learning_rate=FALLING, **KERAS_VELOCITY),
    ),
    "and of RMSprop": (
        replace(RMSPROP, learning_rate=FALLING, momentum=0.9),
        replace(RMSPROP, learning_rate=FALLING, **KERAS_VELOCITY),
    ),
    "looking ahead": (
        SGD(learning_rate=0.1, momentum=0.9),
        SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    ),
    "dampening": (SGD(learning_rate=0.1, momentum=0.9), SGD(learning_rate=0.1, momentum=0.9, dampening=0.5)),
    "a cosine that rises": (
        SGD(learning_rate=CosineDecay(initial=0.1, over=3)),
        SGD(learning_rate=CosineDecay(initial=0.1, over=3, rises=True)),
    ),
    "steps and their mean": (
        SGD(learning_rate=StepDecay(initial=0.1, every=2, factor=0.25)),
        SGD(learning_rate=FALLING),
    ),
    "epsilon of RMSprop": (RMSPROP, replace(RMSPROP, epsilon_position="inside-root")),
    "epsilon of Adam": (ADAM, replace(ADAM, epsilon_position="uncorrected-root")),
    "epsilon of Adamax": (ADAMAX, replace(ADAMAX, epsilon_position="added")),
    "epsilon of Adagrad": (ADAGRAD, replace(ADAGRAD, epsilon=0.0, initial_accumulator=0.75)),
    "momentum decay": (NADAM, replace(NADAM, momentum_decay=1.0)),
    "size before decay and after": (
        replace(ADAFACTOR, **DECOUPLED),
        replace(ADAFACTOR, **DECOUPLED, scale_after_decay=True),
    ),
    "an epsilon1 that is felt": (
        replace(ADAFACTOR, epsilon1=1e-4),
        replace(ADAFACTOR, epsilon1=1e-8, epsilon1_position="added"),
    ),
    "the dtype's epsilon1": (replace(ADAFACTOR, epsilon1=None), ADAFACTOR),
    "clipping": (
        SGD(learning_rate=0.1, clip=ClipNorm(limit=1.0, formula="exact")),
        SGD(learning_rate=0.1, clip=ClipNorm(limit=1.0, formula="padded")),
    ),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_rules_that_differ_have_two_forms(one, other):
    assert canonical(one) == one
    assert canonical(one) != canonical(other)


# --- elementwise

MOMENTS = {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999}
FAMILIES = {
    SGD(learning_rate=0.1): True,
    ADAGRAD: True,
    Adadelta(learning_rate=0.1, rho=0.9, epsilon=1e-6): True,
    RMSPROP: True,
    ADAM: True,
    ADAMAX: True,
    NADAM: True,
    RAdam(**MOMENTS, epsilon=1e-8): True,
    ASGD(learning_rate=0.1, decay=1e-4, power=0.75, average_from=1e6): True,
    Rprop(learning_rate=0.1, shrinkage=0.5, growth=1.2, smallest=1e-6, largest=50.0): True,
    Ftrl(
        learning_rate=0.1, learning_rate_power=-0.5, initial_accumulator=0.1, l1=0.0, l2=0.0, l2_shrinkage=0.0, beta=0.0
    ): True,
    Lion(**MOMENTS): True,
    Lamb(**MOMENTS, epsilon=1e-8): False,
    ADAFACTOR: False,
}


@pytest.mark.parametrize(("rule", "alone"), FAMILIES.items(), ids=lambda value: type(value).__name__)
def test_elementwise(rule, alone):
    assert elementwise(rule) == alone
    assert elementwise(replace(rule, clip=ClipValue(limit=1.0))) == alone
    assert not elementwise(replace(rule, clip=ClipNorm(limit=1.0, formula="exact")))
    assert not elementwise(replace(rule, clip=ClipGlobalNorm(limit=1.0, formula="padded")))
