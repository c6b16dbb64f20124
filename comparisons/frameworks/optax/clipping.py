"""Clipping in optax: a transformation at the start of a chain."""

from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import ClipCalls
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.ranges import POSITIVE

MODULE = "optax.transforms"
CALLS: dict[str, Arguments] = {
    "clip": {"max_delta": Argument(required=True, allowed=POSITIVE, field="limit")},
    "clip_by_global_norm": {"max_norm": Argument(required=True, allowed=POSITIVE, field="limit")},
}


def read(call: NativeCall) -> Clip:
    """The clip that a checked call stands for: t / norm * max_norm where the norm is not below max_norm."""
    values: dict[str, Any] = call.arguments
    match call.name, call.per_tensor:
        case "clip", _:
            return ClipValue(limit=values["max_delta"])
        case _, True:
            return ClipNorm(limit=values["max_norm"], formula="exact")
        case _:
            return ClipGlobalNorm(limit=values["max_norm"], formula="exact")


def write(clip: Clip) -> NativeCall:
    """The clip as a call."""
    arguments: dict[str, Value]
    match clip:
        case ClipValue(limit=limit):
            name, arguments = "clip", {"max_delta": limit}
        case ClipNorm(limit=limit) | ClipGlobalNorm(limit=limit):
            name, arguments = "clip_by_global_norm", {"max_norm": limit}
        case _:
            assert_never(clip)
    return NativeCall(
        framework="optax", name=name, module=MODULE, arguments=arguments, per_tensor=isinstance(clip, ClipNorm)
    )


CLIPS = ClipCalls(module=MODULE, calls=CALLS, read=read, write=write, source="optax/transforms/_clipping.py")
