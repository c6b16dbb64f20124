"""A learning rate that the loop sets itself, by a formula of the step or the epoch: `group["lr"] = rate(it)`."""

import ast
from dataclasses import replace

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.torch.lambdas import schedule_of_function
from comparisons.names import BadInput
from comparisons.porting.files.callbacks import STEPS_PER_EPOCH
from comparisons.porting.files.constants import constant
from comparisons.porting.files.functions import replaced, written_out
from comparisons.porting.files.loops import Loops
from comparisons.rules import Schedule
from comparisons.rules.schedules import base_rate

FURTHEST = 4  # functions that are followed up to the loop


def under_set_rate(
    calls: list[NativeCall], line: ast.Assign, loops: Loops, steps: list[ast.Call]
) -> list[NativeCall] | None:
    """The optimizers of a training under the rate that a line sets; None if it is no formula of a loop's variable.

    Args:
        calls: of all groups, which have the same rate then.
        line: what sets it.
        loops: those of the file.
        steps: where the optimizer is stepped, after the line.
    """
    anchor = _anchor(line, loops)
    clock = loops.clock([anchor], steps)
    one_of_several = len(calls) > 1 and anchor is line  # param_groups[0]
    if one_of_several or clock not in ("update", "epoch") or loops.tests_of(anchor):
        return None
    if not _is_before(anchor, steps, loops, FURTHEST):
        return None
    formula = _formula(written_out(line.value, loops.resolver), anchor, loops, FURTHEST)
    rate = None if formula is None else schedule_of_function(formula)
    schedules = frameworks.of(calls[0].framework).schedules
    call = schedules.write(rate) if isinstance(rate, Schedule) and schedules is not None else None
    if call is None or not isinstance(rate, Schedule):
        return None
    scheduler = replace(call, clock=STEPS_PER_EPOCH) if clock == "epoch" else call
    base = base_rate(rate)
    together = [replace(one, arguments={**one.arguments, "lr": base}, schedule=scheduler) for one in calls]
    try:
        for one in together:
            frameworks.rule_of(one)
    except BadInput:
        return None
    return together


def _is_before(node: ast.AST, steps: list[ast.Call], loops: Loops, further: int) -> bool:
    """Whether the updates come after it, or after the only call of its function."""
    made = loops.function_of(node)
    callers = loops.callers_of(made) if made is not None else []
    above = len(callers) == 1 and further > 0 and _is_before(callers[0], steps, loops, further - 1)
    return loops.is_before(node, steps) or above


def _anchor(line: ast.Assign, loops: Loops) -> ast.AST:
    """The line, or the loop over the groups that it is in."""
    above = loops.resolver.parents.get(id(line))
    return above if isinstance(above, ast.For) and "param_groups" in ast.unparse(above.iter) else line


def _formula(value: ast.expr, node: ast.AST, loops: Loops, further: int) -> ast.Lambda | None:
    """The value as a function of how often the loop around the node has gone round."""
    made = loops.function_of(node)
    names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}
    if made is not None and names & {argument.arg for argument in made.args.args}:
        callers = loops.callers_of(made)
        if len(callers) != 1 or not further or not isinstance(made, ast.FunctionDef):
            return None
        given = loops.resolver.arguments_given(made, callers[0])
        given = {name: written_out(one, loops.resolver) for name, one in given.items()}
        inner = replaced(value, lambda part: given.get(part.id) if isinstance(part, ast.Name) else None)
        return None if loops.tests_of(callers[0]) else _formula(inner, callers[0], loops, further - 1)
    loop = loops.only_loop(node)
    match loop:
        case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=[_])) if name in names:
            start = 0.0
        case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=[first, _])) if (
            name in names
        ):
            found = constant(first, loops.resolver)
            if found is None:
                return None
            start = found
        case _:
            return None
    counted = ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int(start)))
    body = replaced(value, lambda part: counted if start and isinstance(part, ast.Name) and part.id == name else None)
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(arg=name)], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.fix_missing_locations(ast.Lambda(args=arguments, body=body))
