"""optax as code."""

from collections.abc import Mapping

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.code import no_classes
from comparisons.frameworks.framework import Writing
from comparisons.frameworks.optax.expressions import clip, optimizer, schedule
from comparisons.rules import Rule

FIRST_ARGUMENT = ""


def statements(_: NativeCall, __: str) -> list[str]:
    """None: the clipping and the schedule are in the chain."""
    return []


def drop_in(rule: Rule, _: Mapping[str, object]) -> list[str]:
    """Nothing but the name: there are no drop-ins for optax."""
    return [f"# {type(rule).__name__}: no chain of optax follows this rule"]


def average(decay: Value) -> str:
    """How to keep an average of the parameters."""
    return f"keep a copy, and set it to optax.incremental_update(params, copy, step_size=1 - {decay})"


def without_decay(_: NativeCall | Rule) -> str:
    """How to leave parameters out of weight decay."""
    return "a mask in optax: optax.add_decayed_weights(weight_decay, mask)"


def penalty(_: float) -> str:
    """Nothing: losses have no terms for parameters."""
    return ""


def float64(_: Rule) -> str:
    """What every rule needs in float64."""
    return "JAX needs jax.config.update('jax_enable_x64', True) before the first array to be in float64"


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
    blocks="comparisons.frameworks.optax.block",
    classes=no_classes,
)
