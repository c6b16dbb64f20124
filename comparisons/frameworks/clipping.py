"""Clipping: an argument in Keras, a call of its own in torch; in the rule one field."""

from collections.abc import Mapping
from typing import Any, assert_never, cast

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.names import BadInput
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.ranges import POSITIVE, Range

# Keras's arguments, by the names that they have as fields here.
CLIPS: dict[str, type[Clip]] = {
    "clip_value": ClipValue,
    "clip_norm": ClipNorm,
    "clip_global_norm": ClipGlobalNorm,
}

TORCH_MODULE = "torch.nn.utils"
TORCH_CLIPS: dict[str, Arguments] = {
    "clip_grad_value_": {"clip_value": Argument(required=True, allowed=POSITIVE, field="limit"), "foreach": Argument()},
    "clip_grad_norm_": {
        "max_norm": Argument(required=True, allowed=POSITIVE, field="limit"),
        "norm_type": Argument(default=2.0, only=True),
        "error_if_nonfinite": Argument(default=False),
        "foreach": Argument(),
    },
}

# TensorFlow's own functions, for loops that apply gradients themselves: by the formulas of Keras's arguments.
TF_MODULE = "tensorflow"
_TF_NORM = {"clip_norm": Argument(required=True, allowed=POSITIVE, field="limit")}
TF_CLIPS: dict[str, Arguments] = {
    "clip_by_norm": _TF_NORM,
    "clip_by_global_norm": _TF_NORM,
    "clip_by_value": {
        "clip_value_min": Argument(required=True, allowed=Range(lt=0), field="limit"),
        "clip_value_max": Argument(required=True, allowed=POSITIVE, field="limit"),
    },
}


def keras_clipping(call: NativeCall) -> dict[str, Value]:
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


def torch_clipping(clip: Clip) -> NativeCall:
    """The clip as a call of torch.nn.utils, made before every step."""
    arguments: dict[str, Value]
    match clip:
        case ClipValue(limit=limit):
            name, arguments = "clip_grad_value_", {"clip_value": limit}
        case ClipNorm(limit=limit) | ClipGlobalNorm(limit=limit):
            name, arguments = "clip_grad_norm_", {"max_norm": limit}
        case _:
            assert_never(clip)
    return NativeCall(
        framework="torch",
        name=name,
        module=TORCH_MODULE,
        arguments=arguments,
        per_tensor=isinstance(clip, ClipNorm),
    )


def clip_of_torch(call: NativeCall) -> Clip:
    """The clip that a checked call of torch.nn.utils stands for."""
    values: dict[str, Any] = call.arguments
    match call.name, call.per_tensor:
        case "clip_grad_value_", _:
            return ClipValue(limit=values["clip_value"])
        case _, True:
            return ClipNorm(limit=values["max_norm"], formula="padded")
        case _:
            return ClipGlobalNorm(limit=values["max_norm"], formula="padded")


def keras_limits(clip: Clip | None) -> dict[str, float | None]:
    """The fields of Keras's three arguments: at most one is not None."""
    return {field: clip.limit if isinstance(clip, kind) else None for field, kind in CLIPS.items()}


def clip_of_keras(limits: Mapping[str, float | None]) -> Clip | None:
    """The reverse of keras_limits."""
    match [(field, limit) for field, limit in limits.items() if limit is not None]:
        case [("clip_value", limit)]:
            return ClipValue(limit=limit)
        case [("clip_norm", limit)]:
            return ClipNorm(limit=limit, formula="exact")
        case [("clip_global_norm", limit)]:
            return ClipGlobalNorm(limit=limit, formula="exact")
        case _:
            return None
