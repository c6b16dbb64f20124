"""A schedule with symbols beside the formula that it was read from: compared with numbers in their places."""

import ast
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import islice, product
from typing import Any, cast

from comparisons.frameworks.formula import samples, value_at
from comparisons.names import BadInput
from comparisons.rules.schedules import Schedule, rate_at
from comparisons.rules.symbols import Symbol

NUMBERS = (0.25, 40.0, 130.0)  # a share, and steps of which some come before others
MOST = 27  # ways to put them in
ROUNDING = 1e-12  # of the largest value
MATHS = ("math", "np", "numpy", "torch", "ops", "tf")


def free_numbers(function: ast.Lambda) -> tuple[str, ...]:
    """The names, attributes and entries in a lambda that stand for a number each: args.epochs, hyp["lrf"]."""
    own = {argument.arg for argument in function.args.args}
    found: list[str] = []
    waiting: list[ast.AST] = [function.body]
    while waiting:
        match waiting.pop():
            case ast.Call(args=args, keywords=[]):
                waiting += args
            case ast.Call():
                return ()
            case ast.Attribute() | ast.Subscript(slice=ast.Constant()) | ast.Name() as node:
                root = ast.unparse(node).partition(".")[0].partition("[")[0]
                if root not in (*own, *MATHS):
                    found.append(ast.unparse(node))
            case node:
                waiting += ast.iter_child_nodes(node)
    return tuple(dict.fromkeys(found))


def agrees_somewhere(body: ast.expr, name: str, found: Schedule, symbols: Collection[str]) -> bool:
    """Whether schedule and formula have the same values with some numbers in the places of the symbols.

    With others they may part: where a warm-up would be longer than the whole.
    """
    ways = islice(product(NUMBERS, repeat=len(symbols)), MOST)
    return any(_agrees(body, name, found, dict(zip(symbols, numbers, strict=True))) for numbers in ways)


def _agrees(body: ast.expr, name: str, found: Schedule, numbers: Mapping[str, float]) -> bool:
    try:
        schedule, formula = _with(found, numbers), _numbered(body, numbers)
        pairs = [(value_at(formula, {name: float(k)}), rate_at(schedule, k)) for k in samples(schedule)]
    except (BadInput, ArithmeticError, TypeError, ValueError):
        return False
    largest = max(abs(ours) for _, ours in pairs)
    return largest > 0 and all(abs(theirs - ours) <= ROUNDING * largest for theirs, ours in pairs)


def _numbered(node: ast.expr, numbers: Mapping[str, float]) -> ast.expr:
    class Put(ast.NodeTransformer):
        def visit(self, one: ast.AST) -> ast.AST:
            known = isinstance(one, ast.Name | ast.Attribute | ast.Subscript) and ast.unparse(one) in numbers
            return ast.Constant(numbers[ast.unparse(one)]) if known else self.generic_visit(one)

    return cast(ast.expr, Put().visit(ast.parse(ast.unparse(node), mode="eval").body))


def _with(value: Any, numbers: Mapping[str, float]) -> Any:
    """A record whose symbols have their numbers."""
    if isinstance(value, Symbol):
        return value_at(_numbered(ast.parse(value.text, mode="eval").body, numbers), {})
    if isinstance(value, tuple):
        return tuple(_with(part, numbers) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _with(getattr(value, one.name), numbers) for one in fields(value)})
    return value
