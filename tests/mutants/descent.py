"""Wrong gradient descents: SGD, ASGD, Rprop, Lion."""

from typing import Any

import numpy as np

from comparisons.rules import ASGD, SGD, Lion, Rprop
from comparisons.tasks.streams import Array
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import TRUE, Parts, State, fields, shifted


def _along_the_old_velocity(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v = state["v"]
    theta -= rate * (g + rule.momentum * v)
    v *= rule.momentum
    v += g


def _velocity_one_step_old(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    v = state["v"]
    theta -= rate * v
    v *= rule.momentum
    v += g


def _decay_without_rate(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    theta *= 1 - rule.decay
    theta -= rate / (1 + rule.decay * rate * (t - 1)) ** rule.power * g


def _rate_of_the_step(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    eta = rate / (1 + rule.decay * rate * (t - 1)) ** rule.power
    theta *= 1 - rule.decay * eta
    theta -= eta * g


def _resized(rule: Any, size: Array, turn: Array, grows: Array) -> None:
    size *= np.where(grows, rule.growth, np.where(turn < 0, rule.shrinkage, 1))
    np.clip(size, rule.smallest, rule.largest, out=size)


def _keeps_the_gradient(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    size, before = state["d"], state["h"]
    turn = g * before
    _resized(rule, size, turn, turn > 0)
    theta -= np.sign(np.where(turn < 0, 0, g)) * size
    before[...] = g


def _steps_at_a_turn(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    size, before = state["d"], state["h"]
    turn = g * before
    _resized(rule, size, turn, turn > 0)
    theta -= np.sign(g) * size
    before[...] = np.where(turn < 0, 0, g)


def _grows_at_zero(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    size, before = state["d"], state["h"]
    turn = g * before
    _resized(rule, size, turn, turn >= 0)
    before[...] = np.where(turn < 0, 0, g)
    theta -= np.sign(before) * size


def _momentum_before_sign(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m = state["m"]
    m *= rule.beta2
    m += (1 - rule.beta2) * g
    theta -= rate * np.sign(rule.beta1 * m + (1 - rule.beta1) * g)


def _sign_of_zero(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m = state["m"]
    theta -= rate * np.where(rule.beta1 * m + (1 - rule.beta1) * g < 0, -1.0, 1.0)
    m *= rule.beta2
    m += (1 - rule.beta2) * g


MUTANTS = (
    *mutants_of(
        "torch SGD",
        SGD(learning_rate=0.001),
        {
            "learning rate 1 % too large": Parts(rate=lambda rule, k: 1.01 * TRUE.rate(rule, k)),
            "momentum, where none was asked for": fields(momentum=0.9),
        },
    ),
    *mutants_of(
        "torch SGD with momentum",
        SGD(learning_rate=0.001, momentum=0.9),
        {
            "momentum 0.901": fields(momentum=0.901),
            "learning rate inside the velocity": fields(learning_rate_in_velocity=True),
            "velocity a mean of gradients, not a sum": fields(dampening=0.9),
            "steps along the velocity of the step before": Parts(update=_velocity_one_step_old),
            "looks ahead": fields(nesterov=True),
        },
    ),
    *mutants_of(
        "torch SGD with damped momentum",
        SGD(learning_rate=0.001, momentum=0.9, dampening=0.5),
        {
            "no dampening": fields(dampening=0.0),
            "the first gradient damped too": shifted(1),
        },
    ),
    *mutants_of(
        "torch SGD nesterov",
        SGD(learning_rate=0.001, momentum=0.9, nesterov=True),
        {
            "no look ahead": fields(nesterov=False),
            "looks ahead along the velocity of the step before": Parts(update=_along_the_old_velocity),
        },
    ),
    *mutants_of(
        "keras SGD with momentum",
        SGD(learning_rate=0.01, momentum=0.9, learning_rate_in_velocity=True, **IN_KERAS),
        {"learning rate outside the velocity": fields(learning_rate_in_velocity=False)},
    ),
    *mutants_of(
        "keras SGD nesterov",
        SGD(
            learning_rate=0.01,
            momentum=0.9,
            nesterov=True,
            learning_rate_in_velocity=True,
            **IN_KERAS,
        ),
        {
            "no look ahead": fields(nesterov=False),
            "learning rate outside the velocity": fields(learning_rate_in_velocity=False),
        },
    ),
    *mutants_of(
        "torch ASGD",
        ASGD(learning_rate=0.01, decay=1e-4, power=0.75, average_from=1e6),
        {
            "eta one step early": Parts(advance=lambda rule, t, *rest: TRUE.advance(rule, t + 1, *rest)),
            "eta one step late": Parts(advance=lambda rule, t, *rest: TRUE.advance(rule, t - 1, *rest)),
            "eta of the learning rate of this step, not of the step before": Parts(update=_rate_of_the_step),
            "power 0.751": fields(power=0.751),
            "no decay": fields(decay=0.0),
            "decay not multiplied by eta": Parts(update=_decay_without_rate),
        },
    ),
    *mutants_of(
        "torch Rprop",
        Rprop(learning_rate=0.01, shrinkage=0.5, growth=1.2, smallest=1e-6, largest=50.0),
        {
            "keeps the gradient after a turn": Parts(update=_keeps_the_gradient),
            "steps at a turn": Parts(update=_steps_at_a_turn),
            "grows where the gradient is zero": Parts(update=_grows_at_zero),
            "growth 1.201": fields(growth=1.201),
            "shrinkage 0.501": fields(shrinkage=0.501),
            "no smallest step": fields(smallest=0.0),
            "no largest step": fields(largest=1e9),
        },
    ),
    *mutants_of(
        "keras Lion",
        Lion(learning_rate=0.001, beta1=0.9, beta2=0.99, **IN_KERAS),
        {
            "momentum updated before the sign is taken": Parts(update=_momentum_before_sign),
            "sign of zero taken for 1": Parts(update=_sign_of_zero),
            "betas exchanged": fields(beta1=0.99, beta2=0.9),
            "beta1 0.901": fields(beta1=0.901),
            "beta2 0.991": fields(beta2=0.991),
            "no interpolation": fields(beta1=0.0),
        },
    ),
    *mutants_of(
        "keras Lion without interpolation",
        Lion(learning_rate=0.001, beta1=1.0, beta2=0.99, **IN_KERAS),
        {
            "beta1 0.999": fields(beta1=0.999),
            "momentum updated before the sign is taken": Parts(update=_momentum_before_sign),
        },
    ),
)
