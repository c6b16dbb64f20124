"""Calls as text, for tables that people read; and calls as the objects of their framework."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from comparisons.frameworks.call import Code, NativeCall, Value

FRAMEWORK_OF: dict[str, str] = {"numpy_impl": "numpy", "torch": "torch", "keras": "tf"}


def framework_of(text: str) -> str:
    """The framework of the text's first name: keras for "keras.optimizers.SGD()"."""
    return FRAMEWORK_OF[text.replace(".", " ").split()[0]]


def spoken(text: str) -> NativeCall:
    """The call that the text says.

    What goes with a call of torch follows after ";": its clipping, after "each" one of every tensor, and its scheduler.
    """
    first, *others = text.split("; ")
    call = _call(ast.parse(first, mode="eval").body)
    for other in others:
        part = _call(ast.parse(other.removeprefix("each "), mode="eval").body)
        if part.module == "torch.nn.utils":
            call = replace(call, clipping=replace(part, per_tensor=other.startswith("each ")))
        else:
            call = replace(call, schedule=part)
    return call


def _call(node: ast.expr) -> NativeCall:
    assert isinstance(node, ast.Call)
    module, _, name = ast.unparse(node.func).rpartition(".")
    arguments = {str(keyword.arg): _value(keyword.value) for keyword in node.keywords}
    return NativeCall(framework=framework_of(module), name=name, module=module, arguments=arguments)


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Call():
            return _call(node)
        case ast.Lambda():
            return Code(ast.unparse(node))
        case ast.Name(id=("nan" | "inf") as number):
            return float(number)
        case _:
            return ast.literal_eval(node)


def rows(table: str) -> Iterator[tuple[str, str]]:
    """(heading, line under it) for each indented line; further indented lines go on with the one above."""
    heading = ""
    for line in table.replace("\n        ", " ").split("\n"):
        if line.startswith(" "):
            yield heading, line.strip()
        elif not line.startswith("#"):
            heading = line


def built(call: NativeCall) -> Any:
    """The object that a call of Keras makes."""
    made = getattr(importlib.import_module(call.module), call.name)
    return made(**{name: _built_value(value) for name, value in call.arguments.items()})


def _built_value(value: Value) -> Any:
    match value:
        case NativeCall():
            return built(value)
        case Code(text):
            return eval(text)
        case _:
            return value


def built_in_torch(call: NativeCall, theta: torch.nn.Parameter) -> tuple[torch.optim.Optimizer, Any]:
    """The optimizer of a parameter, and its scheduler, or None."""
    optimizer = getattr(torch.optim, call.name)([theta], **call.arguments)
    if call.schedule is None:
        return optimizer, None
    arguments = {name: _built_value(value) for name, value in call.schedule.arguments.items()}
    return optimizer, getattr(torch.optim.lr_scheduler, call.schedule.name)(optimizer, **arguments)


def clip_in_torch(call: NativeCall, theta: torch.nn.Parameter) -> None:
    """What the call does to the parameter's gradient before a step."""
    if call.clipping is not None:
        getattr(torch.nn.utils, call.clipping.name)([theta], **call.clipping.arguments)
