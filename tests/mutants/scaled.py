"""Wrong optimizers that scale by squared gradients: Adagrad, Adadelta, RMSprop, Ftrl."""

from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.rules import Adadelta, Adagrad, Ftrl, RMSprop
from comparisons.tasks.streams import Array
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import TRUE, Parts, State, fields, times


def _root_without_this_gradient(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    a = state["a"]
    theta -= rate * g / np.sqrt(a + rule.epsilon)
    a += g * g


def _epsilons_outside(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    s, x = state["s"], state["x"]
    s += (1 - rule.rho) * (g * g - s)
    d = (np.sqrt(x) + rule.epsilon) / (np.sqrt(s) + rule.epsilon) * g
    x += (1 - rule.rho) * (d * d - x)
    theta -= rate * d


def _steps_with_the_rate(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    s, x = state["s"], state["x"]
    s += (1 - rule.rho) * (g * g - s)
    d = rate * np.sqrt(x + rule.epsilon) / np.sqrt(s + rule.epsilon) * g
    x += (1 - rule.rho) * (d * d - x)
    theta -= d


def _corrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v = state["v"]
    v += (1 - rule.rho) * (g * g - v)
    theta -= rate * g / (np.sqrt(v / (1 - rule.rho**t)) + rule.epsilon)


def _root_of_the_velocity(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v, b = state["v"], state["b"]
    v += (1 - rule.rho) * (g * g - v)
    b *= rule.momentum
    b += g
    theta -= rate * b / (np.sqrt(v) + rule.epsilon)


def _around_the_old_mean(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v, a = state["v"], state["a"]
    v += (1 - rule.rho) * (g * g - v)
    theta -= rate * g / (np.sqrt(np.maximum(v - a * a, 0)) + rule.epsilon)
    a += (1 - rule.rho) * (g - a)


def _power_of_the_other_sign(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    a, z = state["a"], state["z"]
    before = a**rule.learning_rate_power
    a += g * g
    power = a**rule.learning_rate_power
    z += g - (power - before) / rate * theta
    theta[...] = -z / (power / rate)


def _without_centre(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    a, z = state["a"], state["z"]
    a += g * g
    z += g
    theta[...] = -z / (a**-rule.learning_rate_power / rate)


def _divided_by_the_rate(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    a, z, rate = state["a"], state["z"], np.float64(rate)  # 0 / 0 is NaN, not an error
    n = a + g * g
    z += g - (np.sqrt(n) - np.sqrt(a)) / rate * theta
    theta[...] = -z / (np.sqrt(n) / rate)
    a[...] = n


def _sum_at_rest(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, t, rate, theta, g, state)
    if rate == 0:
        state["a"] += g * g


def _by_difference(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v = state["v"]
    v += (1 - rule.rho) * (g * g - v)
    theta -= rate * g / (np.sqrt(v) + rule.epsilon)


def _shrinkage_squared_too(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    shrunk = g + 2 * rule.l2_shrinkage * theta
    TRUE.update(replace(rule, l2_shrinkage=0.0), t, rate, theta, shrunk, state)


MUTANTS = (
    *mutants_of(
        "torch Adagrad",
        Adagrad(learning_rate=0.01, epsilon=1e-10, epsilon_position="outside-root"),
        {
            "epsilon inside the root": fields(epsilon_position="inside-root"),
            "epsilon 1000 times as large": times(epsilon=1000),
            "no epsilon": fields(epsilon=0.0),
        },
    ),
    *mutants_of(
        "keras Adagrad",
        Adagrad(
            learning_rate=0.001,
            epsilon=1e-7,
            epsilon_position="inside-root",
            initial_accumulator=0.1,
            **IN_KERAS,
        ),
        {
            "epsilon outside the root": fields(epsilon_position="outside-root"),
            "no initial accumulator": fields(initial_accumulator=0.0),
            "initial accumulator 0.101": fields(initial_accumulator=0.101),
            "root without the gradient of the step": Parts(update=_root_without_this_gradient),
        },
    ),
    *mutants_of(
        "torch Adadelta",
        Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6),
        {
            "epsilon outside the roots": Parts(update=_epsilons_outside),
            "epsilon 1000 times as large": times(epsilon=1000),
            "rho 0.901": fields(rho=0.901),
            "learning rate always 1, as in the paper": Parts(rate=lambda rule, k: 1.0),
            "mean of the steps with the learning rate in them": Parts(update=_steps_with_the_rate),
        },
    ),
    *mutants_of(
        "keras Adadelta",
        Adadelta(learning_rate=0.001, rho=0.95, epsilon=1e-7, **IN_KERAS),
        {
            "epsilon of torch, 1e-6": fields(epsilon=1e-6),
            "mean of the steps with the learning rate in them": Parts(update=_steps_with_the_rate),
        },
    ),
    *mutants_of(
        "torch RMSprop",
        RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root"),
        {
            "epsilon inside the root": fields(epsilon_position="inside-root"),
            "the square of epsilon inside the root": fields(epsilon_position="inside-root", epsilon=1e-16),
            "epsilon 1000 times as large": times(epsilon=1000),
            "no epsilon": fields(epsilon=0.0),
            "rho 0.991": fields(rho=0.991),
            "mean corrected for its start at zero": Parts(update=_corrected),
            "centered": fields(centered=True),
            "mean moved by its difference": Parts(update=_by_difference),
        },
    ),
    *mutants_of(
        "torch RMSprop with momentum",
        RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root", momentum=0.9),
        {
            "no momentum": fields(momentum=0.0),
            "learning rate inside the velocity": fields(learning_rate_in_velocity=True),
            "velocity of gradients, scaled afterwards": Parts(update=_root_of_the_velocity),
        },
    ),
    *mutants_of(
        "torch RMSprop centered",
        RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root", centered=True),
        {
            "not centered": fields(centered=False),
            "centered around the mean of the step before": Parts(update=_around_the_old_mean),
        },
    ),
    *mutants_of(
        "keras RMSprop with momentum",
        RMSprop(
            learning_rate=0.001,
            rho=0.9,
            epsilon=1e-7,
            epsilon_position="inside-root",
            momentum=0.9,
            learning_rate_in_velocity=True,
            **IN_KERAS,
        ),
        {
            "epsilon outside the root": fields(epsilon_position="outside-root"),
            "learning rate outside the velocity": fields(learning_rate_in_velocity=False),
            "rho of torch, 0.99": fields(rho=0.99),
        },
    ),
    *mutants_of(
        "keras Ftrl",
        Ftrl(
            learning_rate=0.001,
            learning_rate_power=-0.5,
            initial_accumulator=0.1,
            l1=0.0,
            l2=0.0,
            l2_shrinkage=0.0,
            beta=0.0,
            **IN_KERAS,
        ),
        {
            "power of the other sign": Parts(update=_power_of_the_other_sign),
            "power -0.501": fields(learning_rate_power=-0.501),
            "no initial accumulator": fields(initial_accumulator=0.0),
            "not centered at the parameters": Parts(update=_without_centre),
            "divided by a learning rate of 0": Parts(update=_divided_by_the_rate),
            "squares added up at a learning rate of 0": Parts(update=_sum_at_rest),
        },
    ),
    *mutants_of(
        "keras Ftrl regularised",
        Ftrl(
            learning_rate=0.001,
            learning_rate_power=-0.5,
            initial_accumulator=0.1,
            l1=0.001,
            l2=0.01,
            l2_shrinkage=0.01,
            beta=0.1,
            **IN_KERAS,
        ),
        {
            "no l1": fields(l1=0.0),
            "l2 without the factor 2": times(l2=0.5),
            "l2 shrinkage without the factor 2": times(l2_shrinkage=0.5),
            "shrinkage in the squared gradient too": Parts(update=_shrinkage_squared_too),
            "beta not halved": times(beta=2),
        },
    ),
)
