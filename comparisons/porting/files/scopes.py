"""The scopes of a file, in which names are bound: the module, its functions, classes and comprehensions."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from comparisons.porting.files.binding import Scope, Site, assignments, bindings_of, defaults_of, either


@dataclass(kw_only=True)
class Scopes:
    """What there is in a file.

    Args:
        sites: of names, calls and assignments, by the ids of the nodes.
        assigned: what is assigned, by its id, to the variables that it is assigned to.
        nodes: calls, loops and assignments, from top to bottom.
        names: the names, likewise.
    """

    sites: dict[int, Site] = field(default_factory=dict)
    assigned: dict[int, list[ast.expr]] = field(default_factory=dict)
    nodes: list[ast.AST] = field(default_factory=list)
    names: list[ast.Name] = field(default_factory=list)


KEPT = (ast.Call, ast.For, ast.AsyncFor, ast.comprehension, ast.Assign, ast.AnnAssign, ast.NamedExpr)


def scopes_of(tree: ast.Module) -> Scopes:
    """The scopes of a file. It is not worked through level by level: a file may be deeper than the stack is."""
    scopes, turns = Scopes(), count()
    values: dict[int, ast.expr] = {}  # of the names that are assigned to, and of arguments with a default
    waiting: list[tuple[ast.AST, Site]] = [(tree, Site(Scope(), 0))]
    while waiting:
        node, around = waiting.pop()
        site = around._replace(order=next(turns))
        if isinstance(node, (ast.Name, *KEPT)):
            scopes.sites[id(node)] = site
        if isinstance(node, ast.NamedExpr):
            scopes.sites[id(node.target)] = site
        if isinstance(node, ast.Name):
            scopes.names.append(node)
        elif isinstance(node, KEPT):
            scopes.nodes.append(node)
        for target, value in assignments(node):
            values[id(target)] = value
            for one in either(value):
                scopes.assigned.setdefault(id(one), []).append(target)
        values |= {id(argument): default for argument, default in defaults_of(node)}
        for name, binding in bindings_of(node, site, values):
            _scope_of(name, node, site.scope).bindings.setdefault(name, []).append(binding)
        waiting.extend(reversed([*_inside(node, site)]))
    return scopes


def _scope_of(name: str, node: ast.AST, scope: Scope) -> Scope:
    """The scope that a name is bound in."""
    if name in scope.elsewhere:
        return scope.elsewhere[name].home(name) or scope.elsewhere[name]
    while isinstance(node, ast.NamedExpr) and scope.is_comprehension and scope.outer is not None:
        scope = scope.outer
    return scope


def _inside(node: ast.AST, site: Site) -> Iterator[tuple[ast.AST, Site]]:
    """The nodes in a node, each with the site around it."""
    scope, chosen = site.scope, id(node)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            yield from _in_function(node, site)
        case ast.ClassDef(body=body):
            inner = Site(Scope(outer=scope, is_class=True), 0)
            lines = {id(line) for line in body}
            yield from ((one, inner if id(one) in lines else site) for one in ast.iter_child_nodes(node))
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            inner = Site(Scope(outer=scope, is_comprehension=True), 0, loops=(*site.loops, chosen))
            yield from ((one, inner) for one in node.generators)
            yield from ((one, inner) for one in ast.iter_child_nodes(node) if not isinstance(one, ast.comprehension))
        case ast.If(body=body, orelse=orelse):
            yield node.test, site
            yield from _on_branches([body, orelse], node, site)
        case ast.IfExp(test=test, body=value, orelse=other):
            yield test, site
            yield from _on_branches([[value], [other]], node, site)
        case ast.Match(subject=subject, cases=cases):
            yield subject, site
            yield from _on_branches([[case] for case in cases], node, site)
        case ast.ExceptHandler():
            yield from _on_branches([[*ast.iter_child_nodes(node)]], node, site)
        case ast.For(body=body) | ast.AsyncFor(body=body) | ast.While(body=body):
            within = site._replace(loops=(*site.loops, chosen))
            lines = {id(line) for line in body}
            yield from ((one, within if id(one) in lines else site) for one in ast.iter_child_nodes(node))
        case ast.Global(names=names):
            scope.elsewhere.update(dict.fromkeys(names, scope.top))
        case ast.Nonlocal(names=names) if scope.outer is not None:
            scope.elsewhere.update(dict.fromkeys(names, scope.outer))
        case ast.NamedExpr(value=value):
            yield value, site
        case _:
            yield from ((one, site) for one in ast.iter_child_nodes(node))


def _in_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, site: Site
) -> Iterator[tuple[ast.AST, Site]]:
    """The body and the arguments are in a scope of their own; the rest of the head is outside."""
    names = [*node.args.posonlyargs, *node.args.args]
    receiver = names[0].arg if names and site.scope.is_class else ""
    inner = Site(Scope(outer=site.scope, receiver=receiver), 0)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    lines = {id(line) for line in body}
    yield from ((one, site) for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None)
    heads = (one for one in ast.iter_child_nodes(node) if id(one) not in lines and one is not node.args)
    yield from ((one, site) for one in heads)
    every = (*names, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg)
    yield from ((one, inner) for one in every if one is not None)
    yield from ((line, inner) for line in body)


def _on_branches(ways: Sequence[Sequence[ast.AST]], node: ast.AST, site: Site) -> Iterator[tuple[ast.AST, Site]]:
    for number, way in enumerate(ways):
        on_it = site._replace(branches=(*site.branches, (id(node), number)))
        yield from ((one, on_it) for one in way)
