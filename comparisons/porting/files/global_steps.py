"""The step that a schedule of TensorFlow 1 is asked for: a variable that minimize() adds 1 to, if it is given it."""

import ast
from collections.abc import Iterator

from comparisons.frameworks.keras.train_schedules import STEP
from comparisons.names import BadInput
from comparisons.porting.files.constants import constant
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.source import Gap
from comparisons.porting.reading.text import shown

LENGTHS = ("decay_steps", "first_decay_steps")  # arguments that count steps
GLOBAL = ("get_global_step", "get_or_create_global_step", "create_global_step")


def counted_in_updates(given: dict[str, ast.expr], resolver: Resolver) -> dict[str, ast.expr]:
    """The arguments of a schedule whose step is a number of updates; `batch * 64` makes its lengths as much shorter.

    Raises:
        BadInput: the step is no variable, nor a multiple of one.
    """
    step = next((given[name] for name in STEP if name in given), None)
    if step is None or _variable(step, resolver):
        return given
    factor = _factor(step, resolver)
    if factor is None or "boundaries" in given:
        raise BadInput(f"its step is {shown(text_of(step))}, and not a number of updates; count its steps in updates")
    return {
        name: ast.BinOp(left=value, op=ast.Div(), right=factor) if name in LENGTHS else value
        for name, value in given.items()
    }


def step_gaps(given: dict[str, ast.expr], resolver: Resolver) -> list[Gap]:
    """A gap, where updates are made and none of them is seen to count the step."""
    steps = [*_updates(resolver)]
    step = next((given[name] for name in STEP if name in given), None)
    if step is None or not steps:
        return []
    counted = {_variable(one, resolver) for one in steps if one is not None}
    named = {_variable(name, resolver) for name in ast.walk(step) if isinstance(name, ast.expr)} - {""}
    if named & counted:
        return []
    words = "no update is seen to add 1 to it, as minimize(loss, global_step) does; the translation counts updates"
    return [gap_at(step, words)]


def _updates(resolver: Resolver) -> Iterator[ast.expr | None]:
    """What each minimize() and apply_gradients() of the file is given as its step; None for nothing."""
    for node in resolver.scopes.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="minimize" | "apply_gradients"), args=args, keywords=keywords):
                named = [one.value for one in keywords if one.arg == "global_step"]
                yield next(iter([*named, *args[1:2]]), None)
            case _:
                pass


def _variable(node: ast.expr, resolver: Resolver) -> str:
    """What a variable is called here; "" for what is no variable. Those that TensorFlow keeps are one."""
    value = resolver.meaning(node)
    if isinstance(value, ast.Call) and text_of(value.func).rpartition(".")[2] in GLOBAL:
        return GLOBAL[0]
    return text_of(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _factor(step: ast.expr, resolver: Resolver) -> ast.expr | None:
    """The number that a step is a multiple by, of a variable that updates count; None if it is no such."""
    step = resolver.meaning(step)
    if not isinstance(step, ast.BinOp) or not isinstance(step.op, ast.Mult):
        return None
    counted = {_variable(one, resolver) for one in _updates(resolver) if one is not None}
    for variable, factor in ((step.left, step.right), (step.right, step.left)):
        if _variable(variable, resolver) in counted or constant(factor, resolver) is not None:
            return factor
    return None
