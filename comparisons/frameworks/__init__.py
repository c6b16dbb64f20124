"""The frameworks: a record each, made from a folder of parallel texts; data and arithmetic, importing none of them."""

from collections.abc import Mapping

from comparisons.frameworks import dialect
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.keras import KERAS
from comparisons.frameworks.numpy import NUMPY
from comparisons.frameworks.torch import TORCH
from comparisons.rules import Rule

# In the order in which they stand side by side.
FRAMEWORKS: Mapping[str, Framework] = {one.id: one for one in (NUMPY, TORCH, KERAS)}


def of(framework: str) -> Framework:
    """The framework of that id, or of a column's: what follows an @ is a device (see `column`)."""
    return FRAMEWORKS[framework.partition("@")[0]]


def complete(call: NativeCall) -> NativeCall:
    """The call with all its arguments written out: see `dialect.complete`."""
    return dialect.complete(of(call.framework), call)


def rule_of(optimizer: NativeCall | Rule) -> Rule:
    """The rule that a call of any framework stands for; a rule is itself."""
    return dialect.rule_of(of(optimizer.framework), optimizer) if isinstance(optimizer, NativeCall) else optimizer
