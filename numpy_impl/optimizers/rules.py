"""The update rules in NumPy, one file a family: `start` makes the state, `update` takes a step."""

from collections.abc import Callable
from typing import Any, assert_never

from comparisons.contract import Array
from comparisons.rules import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    rate_at,
)
from numpy_impl.optimizers import (
    adadelta,
    adafactor,
    adagrad,
    adam,
    adamax,
    asgd,
    ftrl,
    lamb,
    lion,
    nadam,
    radam,
    rmsprop,
    rprop,
    sgd,
)

State = tuple[Array, ...]
Start = Callable[[Any, Array], State]
Update = Callable[[Any, int, float, Array, Array, State], tuple[Array, State]]


def family(rule: Rule) -> tuple[Start, Update]:
    """The rule's `start` and `update`."""
    match rule:
        case SGD():
            return sgd.start, sgd.update
        case Adagrad():
            return adagrad.start, adagrad.update
        case Adadelta():
            return adadelta.start, adadelta.update
        case RMSprop():
            return rmsprop.start, rmsprop.update
        case Adam():
            return adam.start, adam.update
        case Adamax():
            return adamax.start, adamax.update
        case NAdam():
            return nadam.start, nadam.update
        case RAdam():
            return radam.start, radam.update
        case ASGD():
            return asgd.start, asgd.update
        case Rprop():
            return rprop.start, rprop.update
        case Ftrl():
            return ftrl.start, ftrl.update
        case Lion():
            return lion.start, lion.update
        case Lamb():
            return lamb.start, lamb.update
        case Adafactor():
            return adafactor.start, adafactor.update
        case _:
            assert_never(rule)


def start(rule: Rule, theta: Array) -> State:
    """The rule's state before the first step."""
    return family(rule)[0](rule, theta)


def update(rule: Rule, t: int, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
    """Parameters and state after step t (from 1), for a gradient that is clipped already."""
    rate = rate_at(rule.learning_rate, t - 1)
    if rule.weight_decay:
        theta, gradient = decay(rule, rate, theta, gradient)
    return family(rule)[1](rule, t, rate, theta, gradient, state)


def decay(rule: Rule, rate: float, theta: Array, gradient: Array) -> tuple[Array, Array]:
    """Parameters and gradient after weight decay; the equations are at comparisons.rules.Surroundings."""
    match rule.weight_decay_coupling:
        case "coupled":
            return theta, gradient + rule.weight_decay * theta
        case "decoupled":
            return theta - rate * rule.weight_decay * theta, gradient
        case _:
            assert_never(rule.weight_decay_coupling)
