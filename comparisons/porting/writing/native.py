"""A native call as code to paste, with what goes with it."""

import ast
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from comparisons import frameworks
from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.code import written
from comparisons.frameworks.signature import OFF
from comparisons.frameworks.trainings import bare
from comparisons.rules import Clip, Rule, Schedule

MISSING = "schedule_without_a_class"  # stands for a rate that no class of a framework follows


def native_code(call: NativeCall, counted: str = "optimizer.step()") -> str:
    """The call as an expression, or, with what goes with it, as statements that say where each belongs.

    Args:
        call: the call.
        counted: what its scheduler counts.
    """
    writing = frameworks.of(call.framework).writing
    optimizer, classes = writing.classes(_optimizer(call), call.arguments.values())
    statements = writing.statements(call, counted)
    if classes:
        return "\n".join([*classes, "", "", f"optimizer = {optimizer}"])
    if not statements:
        return optimizer
    imports = ["import math\n"] if call.schedule is not None and "math." in call.schedule.code() else []
    hooks = [hook_text(hook) + "\n\n" for hook in call.hooks]
    return "\n".join([*imports, *hooks, f"optimizer = {optimizer}", *statements])


def group_code(call: NativeCall) -> str:
    """The call of a group, a line for each of its parts; on one line, where they are a chain."""
    if frameworks.of(call.framework).trains:
        return call.code()
    return " ".join(native_code(call).split()).replace("( ", "(").replace(", )", ")")


def _optimizer(call: NativeCall) -> str:
    """The call without the arguments that say nothing: off by default, or bearing on no update as they are."""
    return frameworks.of(call.framework).writing.optimizer(call, said(call))


def said(call: NativeCall) -> dict[str, Value]:
    """The arguments of a call without those that say nothing: off by default, or bearing on no update as they are."""
    known = frameworks.of(call.framework).classes_in(call.module)[call.name].arguments
    return {
        name: value
        for name, value in call.arguments.items()
        if value != known[name].default or (value and known[name].field != OFF)
    }


def unscheduled(call: NativeCall, rule: Rule) -> NativeCall:
    """The call to be written for a rule whose schedule it lacks: with a name that has no value for the rate.

    A number would look as if it were to be pasted.
    """
    framework = frameworks.of(call.framework)
    if not isinstance(rule.learning_rate, Schedule) or isinstance(
        frameworks.rule_of(bare(call)).learning_rate, Schedule
    ):
        return call
    known = framework.classes_in(call.module)[call.name].arguments
    rates = {name: Code(MISSING) for name, argument in known.items() if "learning_rate" in argument.fields}
    return replace(call, arguments={**call.arguments, **rates})


def hook_text(hook: NativeCall) -> str:
    """The function that makes the hook, as it stands in its file; the file is not imported, it needs the framework."""
    package, _, rest = hook.module.partition(".")
    spec = find_spec(package)
    [folder] = spec.submodule_search_locations if spec and spec.submodule_search_locations else [package]
    text = Path(folder, *rest.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    [function] = [node for node in ast.parse(text).body if getattr(node, "name", "") == hook.name]
    return ast.get_source_segment(text, function) or ""


def schedule_code(framework: str, rate: float | Schedule) -> str:
    """A learning rate by itself."""
    return frameworks.of(framework).writing.schedule(rate) if isinstance(rate, Schedule) else written(rate)


def clip_code(framework: str, clip: Clip) -> str:
    """A clip by itself."""
    return frameworks.of(framework).writing.clip(clip)
