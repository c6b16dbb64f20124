"""What each framework calls an optimizer and its arguments: data and arithmetic, importing no framework."""

from typing import assert_never

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import Dialect
from comparisons.frameworks.keras.classes import KERAS
from comparisons.frameworks.numpy.classes import NUMPY
from comparisons.frameworks.torch.classes import TORCH
from comparisons.names import Framework
from comparisons.rules import Rule


def of(framework: Framework) -> Dialect:
    """The dialect of a framework."""
    match framework:
        case "numpy":
            return NUMPY
        case "torch":
            return TORCH
        case "tf":
            return KERAS
        case _:
            assert_never(framework)


def rule_of(optimizer: NativeCall | Rule) -> Rule:
    """The rule that a call of any framework stands for; a rule is itself."""
    return of(optimizer.framework).rule_of(optimizer) if isinstance(optimizer, NativeCall) else optimizer
