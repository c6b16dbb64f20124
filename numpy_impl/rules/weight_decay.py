"""Weight decay; the equations are at comparisons.rules.Surroundings."""

from typing import assert_never

from comparisons.rules import Rule
from comparisons.tasks.streams import Array


def coupled(rule: Rule, theta: Array, g: Array) -> Array:
    """The gradient, with the decay in it where the two are coupled."""
    match rule.weight_decay_coupling:
        case "coupled" if rule.weight_decay:
            return g + rule.weight_decay * theta
        case "coupled" | "decoupled" | "decoupled-last":
            return g
        case _:
            assert_never(rule.weight_decay_coupling)


def decouple(rule: Rule, rate: float, theta: Array) -> None:
    """Shrink the parameters, where decay is decoupled from the gradient."""
    if rule.weight_decay and rule.weight_decay_coupling != "coupled":
        theta -= rate * rule.weight_decay * theta
