"""The update rules in TensorFlow, one file a rule: `start` makes the state, `update` takes a step.

A scalar that outlives a step is the same for all variables: SCALARS has its value before the first step, `advance` its
value after step t; `update` finds it in the state, as it was before the step.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

import tensorflow as tf

from comparisons.rules import Rule

State = dict[str, tf.Variable]  # by the symbols of the equations


class Family(Protocol):
    """A file of this folder."""

    def start(self, rule: Any, theta: tf.Variable) -> dict[str, tf.Tensor]:
        """The state of a variable before the first step."""

    def update(self, rule: Any, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
        """Step t (from 1, float64) at the learning rate `rate`: write variable and state over."""

    def advance(
        self, rule: Any, t: tf.Tensor, rate: tf.Tensor, scalars: Mapping[str, tf.Tensor]
    ) -> Mapping[str, tf.Tensor]:
        """The scalars after step t, where the rule has any."""


def family(rule: type[Rule]) -> Family:
    """The file that follows the rule: it has the name of the rule's class."""
    return cast(Family, import_module(f"{__name__}.{rule.__name__.lower()}"))


def scalars(rule: type[Rule]) -> Mapping[str, float]:
    """The scalars that outlive a step, by symbol, before the first step."""
    return getattr(family(rule), "SCALARS", {})


def advance(rule: Rule, t: tf.Tensor, rate: tf.Tensor, scalars: Mapping[str, tf.Tensor]) -> Mapping[str, tf.Tensor]:
    """The scalars after step t."""
    return family(type(rule)).advance(rule, t, rate, scalars) if scalars else {}
