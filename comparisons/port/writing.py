"""Calls and rules as code to paste."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, assert_never

from comparisons import dialects
from comparisons.calls import MODULES, Code, NativeCall
from comparisons.dialects.clipping import torch_clipping
from comparisons.dialects.grammar import NativeClass
from comparisons.dialects.schedules import keras_schedule, torch_scheduler
from comparisons.names import Framework
from comparisons.port.routes import HOOKS
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Rule, Schedule, Surroundings

WIDTH = 100  # of a line; a longer call has a line for each argument
PARAMETERS = "model.parameters()"
BEFORE_STEP = "after backward(), before optimizer.step()"
SURROUNDINGS = {field.name for field in fields(Surroundings)}
# What torch's drop-ins call the fields that no class of torch has, in its manner.
IN_TORCH = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta1": "betas",
    "beta2": "betas",
    "learning_rate_power": "lr_power",
    "initial_accumulator": "initial_accumulator_value",
}


def native_code(call: NativeCall) -> str:
    """The call as an expression, or, with what goes with it, as statements that say where each belongs."""
    if not (call.clipping or call.schedule or call.hooks):
        return _optimizer(call)
    lines = [hook_text(hook.name) + "\n\n" for hook in call.hooks]
    lines[:0] = ["import math\n"] if call.schedule is not None and "math." in call.schedule.code() else []
    lines.append(f"optimizer = {_optimizer(call)}")
    lines += [f"optimizer.register_step_pre_hook({_called(hook.name, [], hook.arguments)})" for hook in call.hooks]
    if call.clipping is not None:
        clip, when = f"torch.nn.utils.{call.clipping.name}", BEFORE_STEP
        if call.clipping.per_tensor:
            lines.append(_noted(f"for p in {PARAMETERS}:", when))
            lines.append(f"    {_called(clip, ['p'], call.clipping.arguments)}")
        else:
            lines.append(_noted(_called(clip, [PARAMETERS], call.clipping.arguments), when))
    if call.schedule is not None:
        made = _called(f"torch.optim.lr_scheduler.{call.schedule.name}", ["optimizer"], call.schedule.arguments)
        lines.append(_noted(f"scheduler = {made}", "scheduler.step() after every optimizer.step()"))
    return "\n".join(lines)


def drop_in_code(framework: Framework, rule: Rule) -> str:
    """The drop-in that follows the rule, with the lines that import it."""
    name = type(rule).__name__
    match framework:
        case "numpy":
            made = _called("Optimizer", [_called(name, [], _given(vars(rule))), "tensors"], {})
            imports = [
                _from_rules([rule, rule.learning_rate, rule.clip]),
                "from numpy_impl.optimizers import Optimizer",
            ]
            return "\n".join([*imports, _noted(f"optimizer = {made}", "optimizer.step(gradients) for every step")])
        case "torch":
            helper = ", clip_" if rule.clip is not None else ""
            lines = [_from_rules([rule.learning_rate, rule.clip]), f"from torch_impl.optimizers import {name}{helper}"]
            lines.append(f"optimizer = {_called(name, [PARAMETERS], _torch_arguments(rule))}")
            if rule.clip is not None:
                lines.append(_noted(f"clip_({_written(rule.clip)}, {PARAMETERS})", BEFORE_STEP))
        case "tf":
            helper = ", RuleSchedule" if isinstance(rule.learning_rate, Schedule) else ""
            lines = [_from_rules([rule.learning_rate]), f"from tf_impl.optimizers import {name}{helper}"]
            lines.append(f"optimizer = {_called(name, [], _keras_arguments(rule))}")
        case _:
            assert_never(framework)
    return "\n".join(filter(None, lines))


def schedule_code(framework: Framework, rate: float | Schedule) -> str:
    """A schedule by itself."""
    match framework:
        case "torch" if isinstance(rate, Schedule):
            call = torch_scheduler(rate)
            return _called(f"{call.module}.{call.name}", ["optimizer"], call.arguments)
        case "tf" if isinstance(rate, Schedule):
            return _written(keras_schedule(rate))
        case _:
            return _written(rate)


def clip_code(framework: Framework, clip: Clip) -> str:
    """A clipping by itself: in Keras it is an argument of the optimizer."""
    match framework:
        case "torch":
            call = torch_clipping(clip)
            return _called(f"{call.module}.{call.name}", ["p" if call.per_tensor else PARAMETERS], call.arguments)
        case "tf":  # by its own formula: clip_formula is the drop-ins'
            return ", ".join(
                f"{name}={_written(value)}" for name, value in _keras_clip(clip).items() if name != "clip_formula"
            )
        case "numpy":
            return f"clip={_written(clip)}"
        case _:
            assert_never(framework)


# --- calls


def _noted(code: str, note: str) -> str:
    """The code with a comment: at its end, or, where that makes a long line, above it."""
    line = f"{code}  # {note}"
    return line if max(map(len, line.splitlines())) <= WIDTH else f"# {note}\n{code}"


def _optimizer(call: NativeCall) -> str:
    """The call without the arguments that say nothing: those that are off, and are so by default."""
    signature = dialects.of(call.framework).signatures[call.name]
    said = {name: value for name, value in call.arguments.items() if value or value != signature.get(name)}
    return _called(f"{MODULES[call.framework]}.{call.name}", [PARAMETERS] if call.framework == "torch" else [], said)


def _called(name: str, first: Iterable[str], arguments: Mapping[str, object]) -> str:
    """The call in one line, or, where that is long, with a line for each argument."""
    parts = [*first, *(f"{key}={_written(value)}" for key, value in arguments.items())]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part},".replace("\n", "\n    ") for part in parts), ")"])


def _written(value: object) -> str:
    match value:
        case NativeCall(name=name, module=module, arguments=arguments):
            return _called(f"{module}.{name}", [], {key: part for key, part in arguments.items() if part is not False})
        case Code(text):
            return text
        case bool() | int() | str() | None:
            return repr(value)
        case float():
            return repr(float(value))
        case tuple():
            return f"({', '.join(_written(part) for part in value)})"
        case _:  # a schedule or a clip of comparisons.rules
            return _called(type(value).__name__, [], vars(value))


# --- hooks


def hook_text(name: str) -> str:
    """The function that makes the hook, as it stands in its file; the file is not imported, it needs torch."""
    package, _, rest = HOOKS.partition(".")
    spec = find_spec(package)
    [folder] = spec.submodule_search_locations if spec and spec.submodule_search_locations else [package]
    text = Path(folder, *rest.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    [function] = [node for node in ast.parse(text).body if getattr(node, "name", "") == name]
    return ast.get_source_segment(text, function) or ""


# --- drop-ins


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rule, without surroundings that there are none of."""
    decays = bool(arguments["weight_decay"])
    silent = {"clip": arguments["clip"] is None, "weight_decay": not decays, "weight_decay_coupling": not decays}
    last = [name for name in ("weight_decay", "weight_decay_coupling", "clip") if not silent[name]]
    return {name: arguments[name] for name in [*(set_ for set_ in arguments if set_ not in silent), *last]}


def _torch_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of torch_impl's drop-in, spelled as torch spells them; two fields may share a pair."""
    natives = [native for native in dialects.of("torch").classes.values() if native.rule is type(rule)]
    spelling = IN_TORCH | {field: argument for native in natives for argument, field in _own_fields(native)}
    arguments: dict[str, Any] = {}
    for field, value in _given(vars(rule)).items():
        name = spelling.get(field, field)
        arguments[name] = (arguments[name], value) if name in arguments else value
    return {name: value for name, value in arguments.items() if name != "clip"}


def _keras_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of tf_impl's drop-in, spelled as Keras spells them."""
    natives = dialects.of("tf").classes.values()
    spelling = {field: argument for native in natives for argument, field in _own_fields(native)}
    arguments = {spelling.get(field, field): value for field, value in _given(vars(rule)).items() if field != "clip"}
    if isinstance(rule.learning_rate, Schedule):
        arguments["learning_rate"] = Code(f"RuleSchedule({_written(rule.learning_rate)})")
    return arguments | _keras_clip(rule.clip)


def _own_fields(native: NativeClass) -> Iterator[tuple[str, str]]:
    """Argument and field, of the fields that are the rule's own, and of the learning rate."""
    for name, argument in native.arguments.items():
        yield from ((name, field) for field in argument.fields if field not in SURROUNDINGS - {"learning_rate"})


def _keras_clip(clip: Clip | None) -> dict[str, Any]:
    match clip:
        case None:
            return {}
        case ClipValue(limit=limit):
            return {"clipvalue": limit}
        case ClipNorm(limit=limit, formula=formula):
            return {"clipnorm": limit, "clip_formula": formula}
        case ClipGlobalNorm(limit=limit, formula=formula):
            return {"global_clipnorm": limit, "clip_formula": formula}
        case _:
            assert_never(clip)


def _from_rules(parts: Iterable[object]) -> str:
    """The line that imports the classes of those parts that are records; empty if none is."""
    names = sorted({type(part).__name__ for part in parts if isinstance(part, Rule | Schedule | Clip)})
    return f"from comparisons.rules import {', '.join(names)}" if names else ""
