"""Momentum, beta1 and weight decay that schedules lead: the same in NumPy and the drop-ins, and as torch leads them."""

import numpy as np
import pytest
import tensorflow as tf
import torch

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.names import BadInput
from comparisons.rules import SGD, Adam, CosineDecay, NAdam, PolynomialDecay, RMSprop, StepDecay, rule_at
from numpy_impl.optimizer import Optimizer
from tf_impl.optimizers import from_rule as for_keras
from torch_impl.native import build
from torch_impl.optimizers import from_rule as for_torch

STEPS = 60
GRADIENTS = np.random.default_rng(0).normal(size=(STEPS, 5))
SWINGING = CosineDecay(initial=0.95, over=30, floor=0.85 / 0.95, rises=True)
FALLING = PolynomialDecay(initial=0.1, over=40)
ROUNDING = 1e-13  # of parameters near 1: sixty steps of some roundings each
RULES = [
    SGD(learning_rate=0.1, momentum=SWINGING, weight_decay=FALLING),
    SGD(learning_rate=0.1, momentum=SWINGING, nesterov=True, learning_rate_in_velocity=True),
    Adam(
        learning_rate=StepDecay(initial=0.1, every=9, factor=0.5),
        beta1=SWINGING,
        beta2=0.99,
        epsilon=1e-8,
        epsilon_position="corrected-root",
        weight_decay=FALLING,
        weight_decay_coupling="decoupled",
    ),
    NAdam(learning_rate=0.1, beta1=SWINGING, beta2=0.99, epsilon=1e-8, momentum_decay=0.004),
    RMSprop(learning_rate=0.1, rho=0.9, epsilon=1e-8, epsilon_position="outside-root", momentum=SWINGING),
]


def by_numpy(rule):
    theta = np.ones(5)
    optimizer = Optimizer(rule, [theta])
    for gradient in GRADIENTS:
        optimizer.step([gradient])
    return theta


def by_torch(make):
    theta = torch.nn.Parameter(torch.ones(5, dtype=torch.float64))
    optimizer = make([theta])
    for gradient in GRADIENTS:
        theta.grad = torch.tensor(gradient)
        optimizer.step()
    return theta.detach().numpy()


def by_keras(optimizer):
    theta = tf.Variable(np.ones(5))
    optimizer.build([theta])
    step = tf.function(optimizer.apply)
    for gradient in GRADIENTS:
        step([tf.constant(gradient)], [theta])
    return theta.numpy()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_the_three_follow_it(rule):
    ours = by_numpy(rule)
    assert by_torch(lambda thetas: for_torch(rule, thetas)) == pytest.approx(ours, abs=ROUNDING)
    drop_in = for_keras(rule)
    assert by_keras(drop_in) == pytest.approx(ours, abs=ROUNDING)
    again = type(drop_in).from_config(for_keras(rule).get_config())
    assert by_keras(again) == pytest.approx(ours, abs=ROUNDING)
    still = by_numpy(rule_at(rule, 0))
    assert np.abs(still - ours).max() > 1e-3  # it is felt


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("OneCycleLR", {"max_lr": 0.03, "total_steps": STEPS}),
        ("CyclicLR", {"base_lr": 0.001, "max_lr": 0.03, "step_size_up": 7, "mode": "triangular2"}),
    ],
)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_torchs_schedulers_lead_the_momentum(name, arguments, optimizer):
    part = NativeCall(framework="torch", name=name, module="torch.optim.lr_scheduler", arguments=arguments)
    given = {"lr": 0.1, "momentum": 0.9} if optimizer == "SGD" else {"lr": 0.1}
    call = NativeCall(framework="torch", name=optimizer, module="torch.optim", arguments=given, schedule=part)
    ours = by_numpy(frameworks.rule_of(call))
    assert by_torch(lambda thetas: build(call, thetas)) == pytest.approx(ours, abs=ROUNDING)


def test_an_optimizer_without_momentum_cannot_be_led():
    arguments = {"max_lr": 0.03, "total_steps": STEPS}
    part = NativeCall(framework="torch", name="OneCycleLR", module="torch.optim.lr_scheduler", arguments=arguments)
    call = NativeCall(framework="torch", name="Adagrad", module="torch.optim", arguments={}, schedule=part)
    with pytest.raises(BadInput, match="Adagrad has no momentum, and OneCycleLR leads it; write cycle_momentum=False"):
        frameworks.rule_of(call)
