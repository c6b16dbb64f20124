"""Clipping in Keras: an argument of the optimizer, or in a loop of one's own a function of TensorFlow."""

from collections.abc import Mapping
from typing import cast

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import ClipArguments
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.names import BadInput
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.ranges import POSITIVE, Range

ARGUMENTS = {
    "clipnorm": Argument(field="clip_norm", allowed=POSITIVE),
    "clipvalue": Argument(field="clip_value", allowed=POSITIVE),
    "global_clipnorm": Argument(field="clip_global_norm", allowed=POSITIVE),
}
# The fields that the arguments set, in their order.
KINDS: Mapping[str, type[Clip]] = {"clip_norm": ClipNorm, "clip_value": ClipValue, "clip_global_norm": ClipGlobalNorm}

# TensorFlow's own functions: by the formulas of Keras's arguments.
FUNCTIONS_MODULE = "tensorflow"
_NORM = {"clip_norm": Argument(required=True, allowed=POSITIVE, field="limit")}
FUNCTIONS: dict[str, Arguments] = {
    "clip_by_norm": _NORM,
    "clip_by_global_norm": _NORM,
    "clip_by_value": {
        "clip_value_min": Argument(required=True, allowed=Range(lt=0), field="limit"),
        "clip_value_max": Argument(required=True, allowed=POSITIVE, field="limit"),
    },
}


def read(limits: Mapping[str, float | None]) -> Clip | None:
    """The clip that the limits make, by field; at most one is not None."""
    match [(field, limit) for field, limit in limits.items() if limit is not None]:
        case [("clip_value", limit)]:
            return ClipValue(limit=limit)
        case [("clip_norm", limit)]:
            return ClipNorm(limit=limit, formula="exact")
        case [("clip_global_norm", limit)]:
            return ClipGlobalNorm(limit=limit, formula="exact")
        case _:
            return None


def write(clip: Clip | None) -> dict[str, float | None]:
    """The fields of the three arguments: at most one is not None."""
    return {field: clip.limit if isinstance(clip, kind) else None for field, kind in KINDS.items()}


def clip_arguments(clip: Clip | None) -> dict[str, float | str]:
    """The arguments of a drop-in for Keras that make it clip so."""
    match clip:
        case None:
            return {}
        case ClipValue(limit=limit):
            return {"clipvalue": limit}
        case ClipNorm(limit=limit, formula=formula):
            return {"clipnorm": limit, "clip_formula": formula}
        case ClipGlobalNorm(limit=limit, formula=formula):
            return {"global_clipnorm": limit, "clip_formula": formula}


def argument_of(call: NativeCall) -> dict[str, Value]:
    """The argument of a Keras optimizer that clips as a call of TensorFlow does.

    Raises:
        BadInput: the values are clipped to a range that is not the same on both sides of 0.
    """
    values = call.arguments
    match call.name:
        case "clip_by_norm":
            return {"clipnorm": values.get("clip_norm")}
        case "clip_by_global_norm":
            return {"global_clipnorm": values.get("clip_norm")}
        case _:
            low, high = values.get("clip_value_min"), values.get("clip_value_max")
            if not isinstance(low, int | float) or low != -cast(float, high):
                raise BadInput(f"tensorflow.clip_by_value: {low} and {high}; no rule has a range that is not even")
            return {"clipvalue": high}


CLIPS = ClipArguments(
    names=tuple(ARGUMENTS),
    fields=tuple(KINDS),
    read=read,
    write=write,
    module=FUNCTIONS_MODULE,
    calls=FUNCTIONS,
    argument_of=argument_of,
    source="keras/src/optimizers/base_optimizer.py",
)
