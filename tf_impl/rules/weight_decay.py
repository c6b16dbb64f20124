"""Weight decay; the equations are at comparisons.rules.Surroundings."""

from typing import assert_never

import tensorflow as tf

from comparisons.rules import Rule


def coupled(rule: Rule, theta: tf.Variable, g: tf.Tensor) -> tf.Tensor:
    """The gradient, with the decay in it where the two are coupled."""
    match rule.weight_decay_coupling:
        case "coupled" if rule.weight_decay:
            return g + rule.weight_decay * theta
        case "coupled" | "decoupled":
            return g
        case _:
            assert_never(rule.weight_decay_coupling)


def decouple(rule: Rule, rate: tf.Tensor, theta: tf.Variable) -> None:
    """Shrink the variable, where decay is decoupled from the gradient."""
    if rule.weight_decay and rule.weight_decay_coupling == "decoupled":
        theta.assign_sub(theta * rule.weight_decay * rate)
