"""The rules, a family a file: what a variable's state is before the first step, and what a step does.

A scalar that outlives a step is one for all variables, a float64 variable of the optimizer.
"""

from importlib import import_module
from types import ModuleType

import tensorflow as tf

from comparisons.rules import Rule

State = dict[str, tf.Variable]  # by the symbols of the equations


def family(rule: type[Rule]) -> ModuleType:
    """The file that follows the rule."""
    return import_module(f"tf_impl.rules.{rule.__name__.lower()}")
