"""The rules, a family a file: what a parameter's state is before the first step, and what a step does.

In a step a parameter is many, that have taken as many steps: `torch_impl.tensors`.
"""

from importlib import import_module
from types import ModuleType

from comparisons.rules import Rule
from torch_impl.tensors import Tensors

State = dict[str, Tensors]  # by the symbols of the equations


def family(rule: type[Rule]) -> ModuleType:
    """The file that follows the rule."""
    return import_module(f"torch_impl.rules.{rule.__name__.lower()}")
