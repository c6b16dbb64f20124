"""How names are bound: in scopes, by assignments, imports, arguments, loops."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Branches = tuple[tuple[int, int], ...]  # the statements that choose one way of several, by their ids, and which way


@dataclass(eq=False, kw_only=True)
class Scope:
    """A scope within another.

    Args:
        bindings: each name that is bound in it, to all places that bind it.
        elsewhere: a name that `global` or `nonlocal` says to be of another scope, to that scope.
        stars: the modules of which everything is imported, to where; "exec" may bind anything, too.
        receiver: the first argument of a method, which stands for the object: self.
    """

    outer: "Scope | None" = None
    is_class: bool = False
    is_comprehension: bool = False
    receiver: str = ""
    bindings: dict[str, list["Binding"]] = field(default_factory=dict)
    elsewhere: dict[str, "Scope"] = field(default_factory=dict)
    stars: dict[str, int] = field(default_factory=dict)

    @property
    def top(self) -> "Scope":
        """The module."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def home(self, name: str) -> "Scope | None":
        """The scope whose name it is, seen from here; None if nothing in the file binds it."""
        scope: Scope | None = self.elsewhere.get(name, self)
        while scope is not None:
            if name in scope.bindings and (scope is self or not scope.is_class):
                return scope
            scope = scope.elsewhere.get(name, scope.outer)
        return None


class Site(NamedTuple):
    """Where a node stands: its scope, the ways that lead to it, the loops around it, its turn from top to bottom."""

    scope: Scope
    order: int
    branches: Branches = ()
    loops: tuple[int, ...] = ()


class Binding(NamedTuple):
    """A place that binds a name: to the value of an assignment, to what is imported, or to what is not known.

    `default` is what an argument is where none is given.
    """

    site: Site
    value: ast.expr | None = None
    imported: str = ""
    default: ast.expr | None = None


def assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Variables with what is assigned to them, in pairs where there are several of both."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                match target, value:
                    case ast.Tuple(elts=names), ast.Tuple(elts=parts) if len(names) == len(parts):
                        yield from zip(names, parts, strict=True)
                    case _:
                        yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case _:
            pass


def either(value: ast.expr) -> Iterator[ast.expr]:
    """The values of a conditional expression, or the one."""
    while isinstance(value, ast.IfExp):
        yield value.body
        value = value.orelse
    yield value


def defaults_of(node: ast.AST) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The arguments of a function that have defaults, with these."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        names = [*node.args.posonlyargs, *node.args.args]
        yield from zip(names[::-1], node.args.defaults[::-1], strict=False)
        keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        yield from ((name, default) for name, default in keywords if default is not None)


def bindings_of(node: ast.AST, site: Site, values: dict[int, ast.expr]) -> Iterator[tuple[str, Binding]]:
    """The names that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name, Binding(site, values.get(id(node)))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, Binding(site, value)
        case ast.Import(names=aliases):
            for alias in aliases:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, Binding(site, imported=alias.name if alias.asname else first)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                if alias.name == "*":
                    site.scope.stars[str(module)] = site.order
                else:
                    full = f"{module}.{alias.name}" if module and not level else ""
                    yield alias.asname or alias.name, Binding(site, imported=full)
        case ast.Call(func=ast.Name(id="exec")) if site.scope is site.scope.top:
            site.scope.stars["exec"] = site.order
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, Binding(site)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, Binding(site)
        case ast.arg(arg=name):
            yield name, Binding(site, default=values.get(id(node)))
        case ast.MatchMapping(rest=str(name)):
            yield name, Binding(site)
        case _:
            pass
