"""What people write before the last dot of a name of ours, and the classes without a rule."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names

MODULES: Mapping[str, str] = {"numpy_impl.optimizers": "numpy_impl.optimizers"}
NO_RULE: Mapping[str, str] = {}

NAMES = Names(modules=MODULES, no_rule=NO_RULE, data="", tensors={}, meant={})
