"""What each framework calls an optimizer and its arguments: data and arithmetic, importing no framework."""

from typing import assert_never

from comparisons.calls import NativeCall
from comparisons.dialects.dialect import Dialect
from comparisons.dialects.keras_optimizers import KERAS
from comparisons.dialects.numpy_scratch import NUMPY
from comparisons.dialects.torch_optim import TORCH
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
