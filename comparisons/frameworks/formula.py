"""An expression as a number: arithmetic on its syntax tree, of a closed set of operations."""

import ast
import math
import operator
from collections.abc import Callable, Mapping

from comparisons.rules.schedules import Schedule, length, turning_points

OPERATIONS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: math.pow,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "minimum": min,
    "maximum": max,
    "float": float,
    "int": int,
    "pow": math.pow,
    **{name: getattr(math, name) for name in ("cos", "exp", "sqrt", "floor", "ceil")},
}
SOME = (*range(20), 33, 57, 100, 249, 500, 999, 1000, 2500)


def samples(schedule: Schedule) -> list[int]:
    """Steps at which two schedules are compared: the first, those about the turning points, and up to the end of it."""
    points = [math.ceil(point) for point in turning_points(schedule)]
    near = {step for point in points for step in range(point - 2, point + 3)}
    end = length(schedule)
    return sorted(k for k in {*SOME, *near} if k >= 0 and (end is None or k <= end))


def value_at(node: ast.expr, names: Mapping[str, float]) -> float:
    """The value of the expression, its names given.

    Raises:
        TypeError: there is another operation in it. ArithmeticError, ValueError: it has no value there.
    """
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return number
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(attr="pi"):
            return math.pi
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value_at(operand, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value_at(left, names), value_at(right, names))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value_at(left, names), value_at(right, names))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return value_at(body if value_at(test, names) else orelse, names)
        case ast.Call(func=func, args=arguments, keywords=[]) if ast.unparse(func).split(".")[-1] in FUNCTIONS:
            function = FUNCTIONS[ast.unparse(func).split(".")[-1]]
            return function(*(value_at(argument, names) for argument in arguments))
        case _:
            raise TypeError(ast.unparse(node))
