"""The arguments of a drop-in: which field of its rule each one is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import tensorflow as tf

from comparisons.rules import Rule, Surroundings

State = tuple[tf.Variable, ...]

# The fields that Keras does not call as the rules do.
SPELLING: Mapping[str, str] = {
    "beta1": "beta_1",
    "beta2": "beta_2",
    "initial_accumulator": "initial_accumulator_value",
    "l1": "l1_regularization_strength",
    "l2": "l2_regularization_strength",
    "l2_shrinkage": "l2_shrinkage_regularization_strength",
    "beta2_decay": "beta_2_decay",
    "epsilon1": "epsilon_1",
    "epsilon2": "epsilon_2",
}
SURROUNDINGS = {field.name for field in fields(Surroundings)}


def no_advance(rule: Any, t: tf.Tensor, rate: tf.Tensor, shared: State) -> None:
    """Nothing is shared."""


@dataclass(frozen=True)
class Family:
    """A rule in Keras.

    Args:
        rule: the class of its record.
        start: the state of a parameter before the first step, by the symbols of the equations.
        update: one step of a parameter; its state comes in the order of `start`, and what all share after it.
        shared: what all parameters share: symbol to value at the start; float64 scalars.
        advance: writes the shared state over, when all parameters have taken the step.
    """

    rule: type[Rule]
    start: Callable[[Any, tf.Variable], dict[str, tf.Tensor]]
    update: Callable[[Any, tf.Tensor, tf.Tensor, tf.Variable, tf.Tensor, State], None]
    shared: Mapping[str, float] = field(default_factory=dict)
    advance: Callable[[Any, tf.Tensor, tf.Tensor, State], None] = no_advance

    @cached_property
    def spelling(self) -> dict[str, str]:
        """The rule's own fields, and the arguments that they are."""
        names = [field.name for field in fields(self.rule) if field.name not in SURROUNDINGS]
        return {name: SPELLING.get(name, name) for name in names}
