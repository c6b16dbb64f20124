"""NumPy as code: one Optimizer takes every rule, with its schedule and its clip."""

from collections.abc import Mapping

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.code import copied_average, format_call, no_classes, noted, rules_import, written
from comparisons.frameworks.framework import Writing
from comparisons.rules import Clip, Rule, Schedule

FIRST_ARGUMENT = "tensors"


def optimizer(call: NativeCall, said: Mapping[str, Value]) -> str:
    """The call of an optimizer."""
    return format_call(f"{call.module}.{call.name}", [FIRST_ARGUMENT], said)


def statements(_: NativeCall, __: str) -> list[str]:
    """None: a textbook's class has neither clipping nor schedule."""
    return []


def drop_in(rule: Rule, arguments: Mapping[str, object]) -> list[str]:
    """The Optimizer of the rule, with the lines that import it."""
    clip = {} if rule.clip is None else {"clip": rule.clip}
    made = format_call("Optimizer", [format_call(type(rule).__name__, [], {**arguments, **clip}), FIRST_ARGUMENT], {})
    return [
        *rules_import(rule, rule.learning_rate, rule.clip),
        "from numpy_impl.optimizers import Optimizer",
        noted(f"optimizer = {made}", "optimizer.step(gradients) for every step"),
    ]


def schedule(rate: Schedule) -> str:
    """A schedule by itself."""
    return written(rate)


def clip(limit: Clip) -> str:
    """A clip by itself: a field of the rule."""
    return f"clip={written(limit)}"


def average(decay: Value) -> str:
    """How to keep an average of the parameters."""
    return copied_average(decay)


def without_decay(_: NativeCall | Rule) -> str:
    """How to leave parameters out of weight decay."""
    return "an Optimizer of their own in NumPy"


def penalty(_: float) -> str:
    """Nothing: losses have no terms for parameters."""
    return ""


def float64(_: Rule) -> str:
    """Nothing: NumPy has the dtype of its arrays."""
    return ""


WRITING = Writing(
    optimizer=optimizer,
    statements=statements,
    drop_in=drop_in,
    schedule=schedule,
    clip=clip,
    average=average,
    without_decay=without_decay,
    penalty=penalty,
    float64=float64,
    blocks="comparisons.frameworks.numpy.block",
    classes=no_classes,
)
