"""Arithmetic of a file's constants: `STEPS - WARMUP`, where both are bound once, is a number of the file's own."""

import ast
import math
from collections.abc import Callable, Mapping

from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.resolver import Resolver

LARGEST = 1e15  # of a power's result, so that no line of a file is long to compute
Operation = Callable[[float, float], float]
OPERATIONS: Mapping[type[ast.operator], Operation] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {name: getattr(math, name) for name in ("sqrt", "exp", "log")}


def constant(node: ast.expr, resolver: Resolver) -> float | None:
    """The number that an expression is, by literals and names that are bound to such; None if that is not known."""
    try:
        number = _value(node, resolver)
    except (ArithmeticError, ValueError, TypeError, RecursionError):
        return None
    return number if number is not None and math.isfinite(number) and abs(number) <= LARGEST else None


def _value(node: ast.expr, resolver: Resolver) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.Name() | ast.Attribute() if (meant := resolver.meaning(node)) is not node:
            return _value(meant, resolver)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _value(operand, resolver)
            return None if number is None else -number
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, resolver)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, resolver), _value(right, resolver))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATIONS:
            one, other = _value(left, resolver), _value(right, resolver)
            return None if one is None or other is None else OPERATIONS[type(operator)](one, other)
        case ast.Call(func=ast.Name(id="int"), args=[inner], keywords=[]):
            number = _value(inner, resolver)
            return None if number is None else int(number)
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]):
            return float(text)
        case ast.Call(func=ast.Name(id="float"), args=[inner], keywords=[]):
            number = _value(inner, resolver)
            return None if number is None else float(number)
        case ast.IfExp(test=ast.Compare(left=left, ops=[sign], comparators=[right]), body=body, orelse=orelse) if (
            type(sign) in COMPARED
        ):
            one, other = _value(left, resolver), _value(right, resolver)
            if one is None or other is None:
                return None
            return _value(body if COMPARED[type(sign)](one, other) else orelse, resolver)
        case ast.Call(func=function, args=args, keywords=[]) if (name := _of_math(function, resolver)) in FUNCTIONS:
            numbers = [_value(one, resolver) for one in args]
            known = [number for number in numbers if number is not None]
            return FUNCTIONS[name](*known) if len(known) == len(numbers) else None
        case _:
            return None


def _of_math(function: ast.expr, resolver: Resolver) -> str:
    """The name of a function that math and NumPy have, too."""
    [full, *_] = [*resolver.full_names(function), text_of(function)]
    prefix, _, name = full.rpartition(".")
    return name if prefix in ("math", "np", "numpy") else ""


def _power(base: float | None, exponent: float | None) -> float | None:
    if base is None or exponent is None or abs(exponent) > 64 or abs(base) > LARGEST:
        return None
    power = base**exponent
    return power if isinstance(power, int | float) else None
