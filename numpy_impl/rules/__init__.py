"""The update rules in NumPy, one file a rule: `start` makes the state, `update` takes a step.

An update works in place, and on any part of the elements where the rule is elementwise: so a large array is stepped
block by block with the code that steps a small one.

A scalar that outlives a step is the same for all tensors: SCALARS has its value before the first step, `advance` its
value after step t; `update` finds it in the state, as it was before the step.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from comparisons.rules import Rule
from comparisons.tasks.streams import Array

State = dict[str, Any]  # by the symbols of the equations: arrays, and the scalars as floats
Scalars = dict[str, float]
Update = Callable[[Any, int, float, Array, Array, State], None]


class Family(Protocol):
    """A file of this folder."""

    def start(self, rule: Any, theta: Array) -> State:
        """The state of a tensor before the first step."""

    def update(self, rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        """Step t (from 1) at the learning rate `rate`: write parameters and state over; the gradient stays."""

    def advance(self, rule: Any, t: int, rate: float, scalars: Scalars) -> Scalars:
        """The scalars after step t, where the rule has any."""


def family(rule: type[Rule]) -> Family:
    """The file that follows the rule: it has the name of the rule's class."""
    return _file(rule.__name__.lower())


@cache  # a step asks
def _file(name: str) -> Family:
    return cast(Family, import_module(f"{__name__}.{name}"))


def start(rule: Rule, theta: Array) -> State:
    """The state of a tensor before the first step, without scalars."""
    return family(type(rule)).start(rule, theta)


def scalars(rule: type[Rule]) -> Scalars:
    """The scalars that outlive a step, by symbol, before the first step."""
    return getattr(family(rule), "SCALARS", {})
