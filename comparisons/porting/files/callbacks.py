"""Keras's callbacks that set the rate: one that is a function of the epoch is a schedule of the optimizer's."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from comparisons import frameworks
from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.callbacks import of_callback
from comparisons.names import BadInput
from comparisons.porting.files.constants import constant
from comparisons.porting.files.functions import as_lambda
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.names import arguments_of
from comparisons.porting.reading.source import Gap
from comparisons.rules import Schedule
from comparisons.rules.symbols import Symbol

EPOCHWISE = "LearningRateScheduler"
MODULE = "keras.callbacks"
STEPS_PER_EPOCH = Symbol("steps_per_epoch")


def callbacks_in(resolver: Resolver, name: str) -> list[ast.Call]:
    """The calls of a callback of Keras."""
    return [
        node
        for node in resolver.scopes.nodes
        if isinstance(node, ast.Call)
        and _last(node.func) == name
        and (any("callbacks" in one for one in resolver.full_names(node.func)) or _is_bare(node.func, resolver))
    ]


def _is_bare(function: ast.expr, resolver: Resolver) -> bool:
    return isinstance(function, ast.Name) and not resolver.full_names(function)


def scheduled_by_epochs(calls: list[NativeCall], resolver: Resolver) -> tuple[list[NativeCall], list[Gap]]:
    """The optimizers of a training of Keras under its LearningRateScheduler, and what of that is not known."""
    found = callbacks_in(resolver, EPOCHWISE)
    if not found:
        return calls, []
    [node, *others] = found
    if others:
        words = "there are several that set the rate before every epoch; none is in the translation"
        return calls, [gap_at(one, words) for one in found]
    try:
        return [_under(call, node, resolver) for call in calls], []
    except BadInput as error:
        words = f"it sets the learning rate before every epoch, and is not in the translation: {error}"
        return calls, [gap_at(node, words)]


def _under(call: NativeCall, node: ast.Call, resolver: Resolver) -> NativeCall:
    """The optimizer with the rates that the callback gives it.

    Raises:
        BadInput: its function is not one that a schedule is known for.
    """
    given = [one.value for one in node.keywords if one.arg == "schedule"]
    function = next(iter([*given, *node.args[:1]]), None)
    found = as_lambda(function, resolver) if function is not None else None
    if found is None:
        raise BadInput("its function cannot be read; write it as a lambda of the epoch")
    rate = call.arguments.get("learning_rate", arguments_of(call.module, call.name)["learning_rate"].default)
    if not isinstance(rate, int | float) or call.arguments.get("decay"):
        raise BadInput("the optimizer has a schedule already")
    code = Code(ast.unparse(ast.fix_missing_locations(found)))
    callback = NativeCall(framework=call.framework, name=EPOCHWISE, module=MODULE, arguments={"schedule": code})
    reached = of_callback(callback, rate, _steps_per_epoch(resolver))
    return replace(call, arguments={**call.arguments, "learning_rate": _written(reached, call.framework)})


def _written(rate: float | Schedule, framework: str) -> Value:
    """The rate as the framework's optimizers take it."""
    schedules = frameworks.of(framework).schedules
    if isinstance(rate, Schedule):
        return None if schedules is None else schedules.write(rate)
    return rate


def _steps_per_epoch(resolver: Resolver) -> float:
    """How many updates an epoch has, where fit() is told a number of them."""
    numbers = {number for number in _told(resolver) if number is not None and number >= 1}
    return numbers.pop() if len(numbers) == 1 else STEPS_PER_EPOCH


def _told(resolver: Resolver) -> Iterator[float | None]:
    for node in resolver.scopes.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="fit" | "fit_generator"), keywords=keywords):
                yield from (constant(one.value, resolver) for one in keywords if one.arg == "steps_per_epoch")
            case _:
                pass


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
