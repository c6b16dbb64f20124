"""Keras as code: clipping and schedules are arguments of the optimizer."""

from collections.abc import Mapping

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.code import copied_average, format_call, schedules_import, written
from comparisons.frameworks.framework import Writing
from comparisons.frameworks.keras.clipping import ARGUMENTS, clip_arguments
from comparisons.frameworks.keras.schedule_code import with_classes
from comparisons.frameworks.keras.schedules import write as schedule_of
from comparisons.rules import Clip, Rule, Schedule

FIRST_ARGUMENT = ""


def optimizer(call: NativeCall, said: Mapping[str, Value]) -> str:
    """The call of an optimizer."""
    return format_call(f"{call.module}.{call.name}", [], said)


def statements(_: NativeCall, __: str) -> list[str]:
    """None: the clipping and the schedule are in the call."""
    return []


def drop_in(rule: Rule, arguments: Mapping[str, object]) -> list[str]:
    """The drop-in of the rule, with the lines that import it."""
    name, rate = type(rule).__name__, rule.learning_rate
    scheduled = isinstance(rate, Schedule)
    helper = ", RuleSchedule" if scheduled else ""
    wrapped = {"learning_rate": Code(format_call("RuleSchedule", [written(rate)], {}))} if scheduled else {}
    return [
        *schedules_import(rule),
        f"from tf_impl.optimizers import {name}{helper}",
        f"optimizer = {format_call(name, [], {**arguments, **wrapped, **clip_arguments(rule.clip)})}",
    ]


def schedule(rate: Schedule) -> str:
    """A schedule by itself, with its class where Keras has none."""
    call = schedule_of(rate)
    code, lines = with_classes(written(call), [call])
    return "\n".join([*lines, *(["", ""] if lines else []), code])


def clip(limit: Clip) -> str:
    """A clip by itself: an argument of Keras's own, whose formula is Keras's; `clip_formula` is the drop-ins'."""
    arguments = clip_arguments(limit)
    return ", ".join(f"{name}={written(arguments[name])}" for name in ARGUMENTS if name in arguments)


def average(decay: Value) -> str:
    """How to keep an average of the parameters."""
    return copied_average(decay)


def without_decay(_: NativeCall | Rule) -> str:
    """How to leave parameters out of weight decay."""
    return "optimizer.exclude_from_weight_decay(var_names=[...]) before the build in Keras"


def penalty(weight_decay: float) -> str:
    """The term of the loss whose gradient is the weight decay's."""
    return f"kernel_regularizer=L2({weight_decay} / 2)"


def float64(_: Rule) -> str:
    """What every rule needs in float64."""
    return "Keras needs keras.config.set_floatx('float64') and its numbers as np.float64 to be exact there"


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
    blocks="comparisons.frameworks.keras.block",
    classes=with_classes,
)
