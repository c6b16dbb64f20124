"""The update rules in NumPy, one file a family: `start` makes the state, `update` takes a step.

An update works in place, and on any part of the elements where the rule is elementwise: so a large array is stepped
block by block with the code that steps a small one.
"""

from collections.abc import Callable
from typing import Any, assert_never

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
from comparisons.tasks.streams import Array
from numpy_impl.rules import (
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
Update = Callable[[Any, int, float, Array, Array, State], None]


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


def update(rule: Rule, t: int, theta: Array, gradient: Array, state: State) -> None:
    """Step t (from 1): write parameters and state over. The gradient is clipped already, and stays as it is."""
    rate = rate_at(rule.learning_rate, t - 1)
    if rule.weight_decay:
        match rule.weight_decay_coupling:
            case "coupled":
                gradient = gradient + rule.weight_decay * theta
            case "decoupled":
                if rule.decays_first:
                    theta -= rate * rule.weight_decay * theta
            case _:
                assert_never(rule.weight_decay_coupling)
    family(rule)[1](rule, t, rate, theta, gradient, state)
