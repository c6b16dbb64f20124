"""Rules held to a recorded training: each step from the parameters recorded before it, so that no error adds up."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from comparisons.rules import Adafactor, Adam, Lamb, Muon, RAdam, Rprop, Rule
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State, family, scalars, start
from numpy_impl.rules.weight_decay import coupled, decouple

Numbers = Mapping[str, Array]
MOMENTA = {"momentum", "beta1"}  # what a schedule may cycle beside the learning rate


class Column(np.ndarray[Any, Any]):
    """A number of many rules, (rules, 1): true if it is not 0 in one of them, where an equation asks."""

    def __bool__(self) -> bool:
        return bool(np.asarray(self).any())


def one_by_one(rule: Rule) -> bool:
    """Whether the equations branch on numbers, or are of whole tensors: then many rules are no one computation."""
    return isinstance(rule, RAdam | Rprop | Lamb | Adafactor | Muon) or (isinstance(rule, Adam) and rule.lazy)


@np.errstate(all="ignore")  # numbers that are tried may overflow: what they come to shows it
def taught(
    rule: Rule, numbers: Numbers, before: Array, gradients: Array, shape: Array, momenta: Array | None = None
) -> Array:
    """What many rules of one family and one set of switches make of each step: (rules, steps, ...), float64.

    Args:
        rule: the family, its switches, and the numbers that are the same for all.
        numbers: field to (rules,), in the place of the rule's own; the learning rate is one of them.
        before, gradients: (steps, ...) of one tensor, or (steps, elements) of any.
        shape: (steps,) or (rules, steps): by what the learning rate is multiplied in each step.
        momenta: (steps,) the same of the momentum, or beta1; None if it stays.
    """
    count, steps = len(numbers["learning_rate"]), len(before)
    factors = np.broadcast_to(shape, (count, steps))
    if one_by_one(rule):
        alone = (_alone(_with(rule, numbers, i), before, gradients, factors[i], momenta) for i in range(count))
        return np.stack(list(alone))
    many = copy(rule)
    for name, values in numbers.items():
        object.__setattr__(many, name, np.reshape(values, (count, 1)).view(Column))
    rates = np.asarray(many.learning_rate) * factors
    state, memory = start(many, np.repeat(before[:1], count, axis=0)), scalars(type(rule))
    found = np.empty((count, *before.shape))
    for k, (theta, g) in enumerate(zip(before, gradients, strict=True)):
        now = many if momenta is None else _paced(many, float(momenta[k]))
        rate = rates[:, k, None].view(Column)
        found[:, k] = theta
        memory = step(now, k + 1, rate, found[:, k], g, state, memory)
    return found


@np.errstate(all="ignore")
def taught_alone(rule: Rule, before: Array, gradients: Array, shape: Array, momenta: Array | None = None) -> Array:
    """What one rule makes of each step, (steps, ...), in the dtype of the parameters."""
    return _alone(rule, before, gradients, shape, momenta)


@np.errstate(all="ignore")
def led(rule: Rule, start_: Array, gradients: Array, rates: Array, momenta: Array | None = None) -> Array:
    """Where a rule comes to (...) from a start (...), by gradients (steps, ...) at rates (steps,), in float64."""
    theta = start_.astype(float)
    state, memory = start(rule, theta), scalars(type(rule))
    for k, g in enumerate(gradients.astype(float)):
        now = rule if momenta is None else _paced(rule, float(momenta[k]))
        memory = step(now, k + 1, float(rates[k]), theta, g, state, memory)
    return theta


def _with(rule: Rule, numbers: Numbers, i: int) -> Rule:
    alone = copy(rule)
    for name, values in numbers.items():
        object.__setattr__(alone, name, float(values[i]))
    return alone


def _paced(rule: Rule, factor: float) -> Rule:
    """The rule with its momentum times a factor."""
    paced = copy(rule)
    for name in MOMENTA & vars(rule).keys():
        object.__setattr__(paced, name, getattr(rule, name) * factor)
    return paced


def _alone(rule: Rule, before: Array, gradients: Array, shape: Array, momenta: Array | None) -> Array:
    state, memory, found = start(rule, before[0]), scalars(type(rule)), before.copy()
    for k, g in enumerate(gradients):
        now = rule if momenta is None else _paced(rule, float(momenta[k]))
        memory = step(now, k + 1, rule.learning_rate * float(shape[k]), found[k], g, state, memory)  # type: ignore[operator]  # led, so no schedule
    return found


def step(rule: Rule, t: int, rate: Any, theta: Array, gradient: Array, state: State, memory: Scalars) -> Scalars:
    """Step t (from 1) at this rate, as `numpy_impl.optimizer` takes it: theta and state in place; the scalars after."""
    g = coupled(rule, theta, gradient)
    if rule.weight_decay and rule.decay_place == "before":
        decouple(rule, rate, theta)
    family(type(rule)).update(rule, t, rate, theta, g, state | memory)
    if rule.decay_place == "after":
        decouple(rule, rate, theta)
    return family(type(rule)).advance(rule, t, rate, memory) if memory else memory
