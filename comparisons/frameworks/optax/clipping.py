"""Clipping in optax: a transformation at the start of a chain."""

from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import ClipCalls
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.ranges import POSITIVE

MODULE = "optax.transforms"
FORMULA = "formula"
CALLS: dict[str, Arguments] = {
    "clip": {"max_delta": Argument(required=True, allowed=POSITIVE, field="limit")},
    "clip_by_global_norm": {
        "max_norm": Argument(required=True, allowed=POSITIVE, field="limit"),
        FORMULA: Argument(default="exact"),  # said by what stands in its place
    },
}


def read(call: NativeCall) -> Clip:
    """The clip that a checked call stands for: t / norm * max_norm where the norm is not below max_norm."""
    values: dict[str, Any] = {FORMULA: "exact", **call.arguments}
    match call.name, call.per_tensor:
        case "clip", _:
            return ClipValue(limit=values["max_delta"])
        case _, True:
            return ClipNorm(limit=values["max_norm"], formula=values[FORMULA])
        case _:
            return ClipGlobalNorm(limit=values["max_norm"], formula=values[FORMULA])


def write(clip: Clip) -> NativeCall:
    """The clip as a call; one of each tensor, or by torch's formula, is written as a transformation in its place."""
    arguments: dict[str, Value]
    match clip:
        case ClipValue(limit=limit):
            name, arguments = "clip", {"max_delta": limit}
        case ClipNorm(limit=limit, formula=formula) | ClipGlobalNorm(limit=limit, formula=formula):
            name, arguments = "clip_by_global_norm", {"max_norm": limit}
            arguments |= {FORMULA: formula} if formula != "exact" else {}
        case _:
            assert_never(clip)
    each = isinstance(clip, ClipNorm)
    return NativeCall(framework="optax", name=name, module=MODULE, arguments=arguments, per_tensor=each)


CLIPS = ClipCalls(module=MODULE, calls=CALLS, read=read, write=write, source="optax/transforms/_clipping.py")
