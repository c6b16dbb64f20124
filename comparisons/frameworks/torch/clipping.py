"""Clipping in torch: a call of torch.nn.utils before every step."""

from typing import Any, assert_never

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import ClipCalls
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.ranges import POSITIVE

MODULE = "torch.nn.utils"
CALLS: dict[str, Arguments] = {
    "clip_grad_value_": {"clip_value": Argument(required=True, allowed=POSITIVE, field="limit"), "foreach": Argument()},
    "clip_grad_norm_": {
        "max_norm": Argument(required=True, allowed=POSITIVE, field="limit"),
        "norm_type": Argument(default=2.0, must_keep_default=True),
        "error_if_nonfinite": Argument(default=False),
        "foreach": Argument(),
    },
}


def read(call: NativeCall) -> Clip:
    """The clip that a checked call stands for."""
    values: dict[str, Any] = call.arguments
    match call.name, call.per_tensor:
        case "clip_grad_value_", _:
            return ClipValue(limit=values["clip_value"])
        case _, True:
            return ClipNorm(limit=values["max_norm"], formula="padded")
        case _:
            return ClipGlobalNorm(limit=values["max_norm"], formula="padded")


def write(clip: Clip) -> NativeCall:
    """The clip as a call."""
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
        module=MODULE,
        arguments=arguments,
        per_tensor=isinstance(clip, ClipNorm),
    )


CLIPS = ClipCalls(module=MODULE, calls=CALLS, read=read, write=write, source="torch/nn/utils/clip_grad.py")
