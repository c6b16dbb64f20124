"""A function of a file as a lambda: `def f(epoch): return 0.95 ** epoch`, so that its form can be known."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comparisons.porting.files.constants import constant
from comparisons.porting.files.resolver import FURTHEST, Resolver

LONGEST = 20  # statements of a function that is read


def as_lambda(node: ast.expr, resolver: Resolver) -> ast.Lambda | None:
    """The lambda that a name of a function stands for, or a lambda itself, the file's constants written out.

    None if it does anything but to assign, to choose and to return.
    """
    value = resolver.meaning(node)
    if isinstance(value, ast.Lambda):
        return ast.Lambda(args=value.args, body=_with_numbers(value.body, {}, _names(value.args), resolver))
    made = resolver.function(node)
    if made is None or made.decorator_list:
        return None
    body = _returned(made.body[:LONGEST], {}, _names(made.args), resolver)
    return None if body is None else ast.fix_missing_locations(ast.Lambda(args=_bare(made.args), body=body))


def returned(call: ast.expr, resolver: Resolver) -> ast.expr:
    """What a call of a function of the file returns, as an expression; another expression as it is."""
    made = resolver.function(call.func) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else None
    if made is None or made.decorator_list or not isinstance(call, ast.Call):
        return call
    return _called(made, call, resolver, FURTHEST) or call


def written_out(node: ast.expr, resolver: Resolver, further: int = FURTHEST) -> ast.expr:
    """A copy of the expression with what its names are bound to, and what functions of the file return, written out."""

    def change(part: ast.AST) -> ast.expr | None:
        if isinstance(part, ast.Call):
            made = returned(part, resolver)
            return None if made is part else made
        if not isinstance(part, ast.Name) or not further:
            return None
        value = resolver.meaning(part)
        return None if value is part else written_out(value, resolver, further - 1)

    return replaced(node, change)


def replaced(node: ast.expr, change: Callable[[ast.AST], ast.expr | None]) -> ast.expr:
    """A copy of the expression with other parts in the places of those that are changed."""

    def copied(part: Any) -> Any:
        if isinstance(part, list):
            return [copied(one) for one in part]
        if not isinstance(part, ast.AST):
            return part
        changed = change(part)
        if changed is not None:
            return changed
        return type(part)(**{name: copied(value) for name, value in ast.iter_fields(part)})

    return ast.fix_missing_locations(ast.copy_location(copied(node), node))


def _names(arguments: ast.arguments) -> set[str]:
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _bare(arguments: ast.arguments) -> ast.arguments:
    """The arguments without annotations."""
    named = [ast.arg(arg=one.arg) for one in (*arguments.posonlyargs, *arguments.args)]
    return ast.arguments(
        posonlyargs=[],
        args=named,
        vararg=arguments.vararg,
        kwonlyargs=arguments.kwonlyargs,
        kw_defaults=arguments.kw_defaults,
        kwarg=arguments.kwarg,
        defaults=arguments.defaults,
    )


def _returned(
    lines: Sequence[ast.stmt],
    values: Mapping[str, ast.expr],
    own: set[str],
    resolver: Resolver,
    further: int = FURTHEST,
) -> ast.expr | None:
    """What the lines return, as one expression."""
    values = dict(values)
    for i, line in enumerate(lines):
        match line:
            case ast.Return(value=ast.expr() as value):
                return _with_numbers(value, values, own, resolver, further)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = _with_numbers(value, values, own, resolver, further)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = _with_numbers(value, values, own, resolver, further)
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
                changed = ast.BinOp(left=ast.Name(id=name), op=operator, right=value)
                values[name] = _with_numbers(changed, values, own, resolver, further)
            case ast.If(test=test, body=body, orelse=orelse):
                rest = lines[i + 1 :]
                first = _returned([*body, *rest], values, own, resolver, further)
                other = _returned([*orelse, *rest], values, own, resolver, further)
                if first is None or other is None:
                    return None
                return ast.IfExp(test=_with_numbers(test, values, own, resolver, further), body=first, orelse=other)
            case ast.Expr(value=ast.Constant()) | ast.Assert():
                pass
            case _:
                return None
    return None


def _with_numbers(
    node: ast.expr, values: Mapping[str, ast.expr], own: set[str], resolver: Resolver, further: int = FURTHEST
) -> ast.expr:
    """A copy of the expression with what is assigned to its names, the file's constants and functions, written out."""
    known = dict(values)
    functions: dict[str, ast.FunctionDef] = {}
    for name in ast.walk(node):
        if isinstance(name, ast.Name) and name.id not in own and name.id not in known:
            number = constant(name, resolver)
            if number is not None:
                known[name.id] = ast.Constant(value=number)
            elif (made := resolver.function(name)) is not None and not made.decorator_list and further:
                functions[name.id] = made

    class Put(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return known.get(name.id, name)

        def visit_Call(self, call: ast.Call) -> ast.expr:
            self.generic_visit(call)
            made = functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
            return call if made is None else _called(made, call, resolver, further - 1) or call

    return Put().visit(ast.fix_missing_locations(ast.parse(ast.unparse(node), mode="eval").body))


def _called(made: ast.FunctionDef, call: ast.Call, resolver: Resolver, further: int) -> ast.expr | None:
    """What a function of the file returns for what it is given; None if that is no expression."""
    given = resolver.arguments_given(made, call)
    spread = any(isinstance(one, ast.Starred) for one in call.args) or not all(one.arg for one in call.keywords)
    if spread or _names(made.args) != given.keys() or made.args.vararg or made.args.kwarg:
        return None
    return _returned(made.body[:LONGEST], given, set(), resolver, further)
