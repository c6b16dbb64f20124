"""Decay of the weights; the formulas are at comparisons.rules.surroundings."""

import tensorflow as tf

from comparisons.rules import Rule


def coupled(rule: Rule, theta: tf.Variable, g: tf.Tensor) -> tf.Tensor:
    """The gradient, with the decay of the weights in it where that is coupled to it."""
    if rule.weight_decay and rule.weight_decay_coupling == "coupled":
        return g + rule.weight_decay * theta
    return g


def decouple(rule: Rule, rate: tf.Tensor, theta: tf.Variable) -> None:
    """Shrink the weights where their decay is decoupled from the gradient."""
    if rule.weight_decay and rule.weight_decay_coupling != "coupled":
        theta.assign_sub(rule.weight_decay * theta * rate)
