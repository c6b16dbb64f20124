"""Which expressions of a file may be numbers."""

import ast

from comparisons.porting.files.places import canonical_name
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.names import kind_of

FUNCTIONS = {"abs", "float", "int", "len", "max", "min", "pow", "round", "getattr"}  # they give a number


def is_plain(node: ast.expr) -> bool:
    """Whether it is a literal."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def is_number(node: ast.expr, resolver: Resolver, *, bound: bool = False) -> bool:
    """Whether the expression may be a number. What a name is bound to may be any call: the name goes over."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.Name() | ast.Attribute():
            return True
        case ast.Subscript(value=table):
            return isinstance(table, ast.Dict | ast.Tuple | ast.List) or is_number(table, resolver)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return is_number(operand, resolver)
        case ast.BinOp(left=left, right=right):
            return is_number(left, resolver) and is_number(right, resolver)
        case ast.IfExp(body=body, orelse=other):
            return is_number(body, resolver) and is_number(other, resolver)
        case ast.BoolOp(values=values):
            return all(is_number(value, resolver) for value in values)
        case ast.Call(func=ast.Attribute(attr="get")):
            return not any(is_schedule(full) for full in resolver.full_names(node.func))
        case ast.Call(func=function):
            names = resolver.full_names(function)
            plain = isinstance(function, ast.Name) and function.id in FUNCTIONS and not names
            return bound or plain or any(name.startswith("math.") for name in names)
        case _:
            return False


def is_schedule(full: str) -> bool:
    """Whether a full name is one of a schedule."""
    return kind_of(*canonical_name(full)[:2])[0] == "schedule"
