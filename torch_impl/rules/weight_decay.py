"""Decay of the weights; the formulas are at comparisons.rules.surroundings."""

from comparisons.rules import Rule
from torch_impl.tensors import Scalar, Tensors


def coupled(rule: Rule, theta: Tensors, g: Tensors) -> Tensors:
    """The gradient, with the decay of the weights in it where that is coupled to it."""
    if rule.weight_decay and rule.weight_decay_coupling == "coupled":
        return g.add(theta, alpha=rule.weight_decay)
    return g


def decouple(rule: Rule, rate: Scalar, theta: Tensors) -> None:
    """Shrink the weights where their decay is decoupled from the gradient."""
    if rule.weight_decay and rule.weight_decay_coupling != "coupled":
        theta.mul_(1 - rate * rule.weight_decay)
