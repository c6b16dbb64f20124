"""A native call as code to paste, with what goes with it."""

import ast
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.drop_ins import clip_arguments
from comparisons.frameworks.keras.schedules import write as keras_schedule
from comparisons.frameworks.signature import OFF
from comparisons.frameworks.torch.clipping import write as torch_clipping
from comparisons.frameworks.torch.schedules import write as torch_scheduler
from comparisons.names import Framework
from comparisons.port.routes import HOOKS
from comparisons.port.writing.code import BEFORE_STEP, PARAMETERS, called, noted, written
from comparisons.rules import Clip, Schedule

# What an optimizer is made over.
FIRST: Mapping[Framework, list[str]] = {"numpy": ["tensors"], "torch": [PARAMETERS], "tf": []}


def native_code(call: NativeCall, counted: str = "optimizer.step()") -> str:
    """The call as an expression, or, with what goes with it, as statements that say where each belongs.

    Args:
        call: the call.
        counted: what its scheduler counts.
    """
    if not (call.clipping or call.schedule or call.hooks):
        return _optimizer(call)
    lines = [hook_text(hook.name) + "\n\n" for hook in call.hooks]
    lines[:0] = ["import math\n"] if call.schedule is not None and "math." in call.schedule.code() else []
    lines.append(f"optimizer = {_optimizer(call)}")
    lines += [f"optimizer.register_step_pre_hook({called(hook.name, [], hook.arguments)})" for hook in call.hooks]
    if call.clipping is not None:
        clip, when = f"torch.nn.utils.{call.clipping.name}", BEFORE_STEP
        if call.clipping.per_tensor:
            lines.append(noted(f"for p in {PARAMETERS}:", when))
            lines.append(f"    {called(clip, ['p'], call.clipping.arguments)}")
        else:
            lines.append(noted(called(clip, [PARAMETERS], call.clipping.arguments), when))
    if call.schedule is not None:
        made = called(f"torch.optim.lr_scheduler.{call.schedule.name}", ["optimizer"], call.schedule.arguments)
        lines.append(noted(f"scheduler = {made}", f"scheduler.step() after every {counted}"))
    return "\n".join(lines)


def _optimizer(call: NativeCall) -> str:
    """The call without the arguments that say nothing: off by default, or bearing on no update as they are."""
    known = frameworks.of(call.framework).classes[call.name].arguments
    said = {
        name: value
        for name, value in call.arguments.items()
        if value != known[name].default or (value and known[name].field != OFF)
    }
    return called(f"{call.module}.{call.name}", FIRST[call.framework], said)


def hook_text(name: str) -> str:
    """The function that makes the hook, as it stands in its file; the file is not imported, it needs torch."""
    package, _, rest = HOOKS.partition(".")
    spec = find_spec(package)
    [folder] = spec.submodule_search_locations if spec and spec.submodule_search_locations else [package]
    text = Path(folder, *rest.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    [function] = [node for node in ast.parse(text).body if getattr(node, "name", "") == name]
    return ast.get_source_segment(text, function) or ""


def schedule_code(framework: Framework, rate: float | Schedule) -> str:
    """A schedule by itself."""
    match framework:
        case "torch" if isinstance(rate, Schedule):
            call = torch_scheduler(rate)
            return called(f"{call.module}.{call.name}", ["optimizer"], call.arguments)
        case "tf" if isinstance(rate, Schedule):
            return written(keras_schedule(rate))
        case _:
            return written(rate)


def clip_code(framework: Framework, clip: Clip) -> str:
    """A clipping by itself: in Keras it is an argument of the optimizer."""
    match framework:
        case "torch":
            call = torch_clipping(clip)
            return called(f"{call.module}.{call.name}", ["p" if call.per_tensor else PARAMETERS], call.arguments)
        case "tf":  # by its own formula: clip_formula is the drop-ins'
            return ", ".join(
                f"{name}={written(value)}" for name, value in clip_arguments(clip).items() if name != "clip_formula"
            )
        case "numpy":
            return f"clip={written(clip)}"
        case _:
            raise KeyError(framework)
