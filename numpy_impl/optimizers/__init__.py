"""The update rules in NumPy: for each rule a `start` and an `update`, and an Optimizer that applies them."""

from typing import assert_never

from comparisons.contract import Array
from comparisons.rules import SGD, Adadelta, Adagrad, Adam, RMSprop, Rule
from numpy_impl.optimizers import adadelta, adagrad, adam, rmsprop, sgd

State = tuple[Array, ...]


def start(rule: Rule, theta: Array) -> State:
    """The rule's state before the first step: arrays shaped as theta."""
    match rule:
        case SGD():
            return sgd.start(rule, theta)
        case Adagrad():
            return adagrad.start(rule, theta)
        case Adadelta():
            return adadelta.start(rule, theta)
        case RMSprop():
            return rmsprop.start(rule, theta)
        case Adam():
            return adam.start(rule, theta)
        case _:
            assert_never(rule)


def update(rule: Rule, t: int, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
    """Parameters and state after step t (from 1). Elementwise: the shape of theta does not matter."""
    match rule:
        case SGD():
            return sgd.update(rule, theta, gradient, state)
        case Adagrad():
            return adagrad.update(rule, theta, gradient, state)
        case Adadelta():
            return adadelta.update(rule, theta, gradient, state)
        case RMSprop():
            return rmsprop.update(rule, theta, gradient, state)
        case Adam():
            return adam.update(rule, t, theta, gradient, state)
        case _:
            assert_never(rule)


class Optimizer:
    """Applies a rule to one array of parameters, in place."""

    def __init__(self, rule: Rule, theta: Array) -> None:
        self.rule, self.theta = rule, theta
        self.state, self.t = start(rule, theta), 0

    def step(self, gradient: Array) -> None:
        """One update; `gradient` is shaped as the parameters."""
        self.t += 1
        self.theta[...], self.state = update(self.rule, self.t, self.theta, gradient, self.state)
