"""What the names in a file mean, as far as that is known without running it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from comparisons.frameworks import FRAMEWORKS
from comparisons.porting.files.binding import Binding, Site, assignments, either
from comparisons.porting.files.reaching import MOST, reaching
from comparisons.porting.files.scopes import Scopes, scopes_of
from comparisons.porting.reading.calls import dotted
from comparisons.porting.reading.names import ALIASES, OWNERS, PARTS, kind_of
from comparisons.porting.reading.text import too_deep

# A name that nothing in the file binds: a line was pasted, or `from common import *` brought it.
WELL_KNOWN = {module.partition(".")[0]: module.partition(".")[0] for module in OWNERS} | {
    name: package
    for one in FRAMEWORKS.values()
    for name, package in [
        (one.id, one.packages[0]),
        *zip(one.packages, one.packages, strict=True),
        *((module, module) for module in (one.schedules.others if one.schedules else ())),
    ]
}
FURTHEST = 3  # names of names that are followed
LARGEST = 1024  # bits of a whole number: no float is larger, and Python does not write much larger ones out

Key = tuple[int, str]  # a variable: the scope of its first name, and the name with its dots


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """A file with its scopes, and what its names mean there."""

    tree: ast.Module
    scopes: Scopes

    def site(self, node: ast.AST) -> Site | None:
        """Where it stands; None if it is no call, name, loop or assignment of the file."""
        return self.scopes.sites.get(id(node))

    def full_names(self, node: ast.expr, further: int = FURTHEST) -> list[str]:
        """What is meant, as dotted names with their imports written out: several where a condition or a dict chooses.

        Empty if it is no name, if it is not imported, or if it is a variable of which that much is not known.
        """
        match node:
            case ast.Name() | ast.Attribute() if name := dotted(node):
                rest = name.partition(".")[2]
                starts = self._starts(_root(node), further)
                return list(dict.fromkeys(f"{start}.{rest}".rstrip(".") for start in starts))
            case ast.Call(func=ast.Name(id="getattr"), args=[module, ast.Constant(value=str(name)), *_]) if further:
                return [f"{start}.{name}" for start in self.full_names(module, further - 1)]
            case ast.IfExp(body=body, orelse=other):
                chosen = [body, other]
            case ast.Subscript(value=table):
                chosen = _elements(self.meaning(table))
            case _:
                chosen = []
        names = [name for one in chosen if further for name in self.full_names(one, further - 1)]
        return list(dict.fromkeys(names))

    def meaning(self, node: ast.expr) -> ast.expr:
        """What a name is bound to, where that is one thing, and of a size to work with; else the node itself."""
        for _ in range(FURTHEST):
            match self._only_binding(node):
                case Binding(value=ast.expr() as value) if not unfit(value) and not _is_in(node, value):
                    node = value
                case _:
                    break
        return node

    def key(self, node: ast.expr) -> Key | None:
        """The variable that a name or an attribute is; one of `self` is the same in all methods of a class."""
        name = dotted(node)
        root = _root(node)
        site = self.site(root) if name else None
        home = site.scope.home(root.id) if site else None
        if home is None:
            return None
        if "." in name and root.id == home.receiver and home.outer is not None:
            home, name = home.outer, f"self.{name.partition('.')[2]}"
        return id(home), name

    def is_default(self, node: ast.expr) -> bool:
        """Whether it is an argument of a function, of which only the default is known."""
        root = _root(node)
        site = self.site(root)
        home = site.scope.home(root.id) if site else None
        return home is not None and any(one.default is not None for one in home.bindings[root.id])

    def values(self, node: ast.expr) -> list[ast.expr]:
        """Everything that is assigned to the variable that the node is, anywhere."""
        key = self.key(node)
        return self._values.get(key, []) if key else []

    def is_only_spread(self, node: ast.expr) -> bool:
        """Whether nothing is done with the variable but to give its entries as arguments, by **."""
        return self.key(node) not in self._handled

    def methods_of(self, node: ast.expr, *methods: str) -> list[ast.Call]:
        """The calls of these methods of the variable that the node is: `groups.append(...)`."""
        key = self.key(node)
        return [one for one in self._methods.get(key, []) if one.func.attr in methods] if key else []  # type: ignore[attr-defined]  # they were found by it

    def function(self, node: ast.expr) -> ast.FunctionDef | None:
        """The function of the file, or the method, that a name means; None if there is none, or more than one."""
        match node:
            case ast.Name(id=name):
                pass
            case ast.Attribute(value=ast.Name(), attr=name):
                pass
            case _:
                return None
        found = self._functions.get(name, [])
        return found[0] if len(found) == 1 else None

    def arguments_given(self, made: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr]:
        """What a call gives for the arguments of a function, and the defaults of the others."""
        names = [argument.arg for argument in (*made.args.posonlyargs, *made.args.args)]
        defaults = dict(zip(names[::-1], made.args.defaults[::-1], strict=False))
        keyword = zip(made.args.kwonlyargs, made.args.kw_defaults, strict=True)
        defaults |= {argument.arg: value for argument, value in keyword if value is not None}
        if isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"]):
            names = names[1:]
        given = dict(zip(names, call.args, strict=False))
        return defaults | given | {one.arg: one.value for one in call.keywords if one.arg}

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """The node that each is in, by the ids of the nodes."""
        return {id(child): node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def _functions(self) -> dict[str, list[ast.FunctionDef]]:
        found: dict[str, list[ast.FunctionDef]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(node)
        return found

    @cached_property
    def _methods(self) -> dict[Key, list[ast.Call]]:
        found: dict[Key, list[ast.Call]] = {}
        for node in self.scopes.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=held)) if key := self.key(held):
                    found.setdefault(key, []).append(node)
                case _:
                    pass
        return found

    @cached_property
    def _handled(self) -> set[Key | None]:
        calls = (node for node in self.scopes.nodes if isinstance(node, ast.Call))
        given = {id(one.value) for call in calls for one in call.keywords if not one.arg}
        loads = (name for name in self.scopes.names if isinstance(name.ctx, ast.Load) and id(name) not in given)
        return {self.key(name) for name in loads}

    @cached_property
    def _values(self) -> dict[Key, list[ast.expr]]:
        values: dict[Key, list[ast.expr]] = {}
        pairs = (pair for node in self.scopes.nodes for pair in assignments(node))
        for target, value in pairs:
            if key := self.key(target):
                values.setdefault(key, []).extend(either(value))
        return values

    def _starts(self, root: ast.Name, further: int) -> Iterator[str]:
        """The full names that the first name of a dotted one may stand for."""
        site = self.site(root)
        home = site.scope.home(root.id) if site else None
        if site is None or home is None:
            if root.id in WELL_KNOWN:
                yield WELL_KNOWN[root.id]
            stars = site.scope.top.stars if site else {}
            starred = [f"{star}.{root.id}" for star in stars if root.id in _known(star)]
            yield from starred[-1:]
            return
        for one in reaching(home.bindings[root.id], site):
            if one.imported:
                yield one.imported
            elif (value := one.value or one.default) is not None and further:
                yield from self.full_names(value, further - 1)

    def _only_binding(self, node: ast.expr) -> Binding | None:
        """The place that binds a name, if there is one alone, and no `import *` after it may have bound it again.

        Of several in the scope where it is used it is the last above, where everybody comes by it and no loop leads
        back to another.
        """
        site = self.site(node) if isinstance(node, ast.Name) else None
        home = site.scope.home(node.id) if site and isinstance(node, ast.Name) else None
        if site is None or home is None or not isinstance(node, ast.Name):
            return None
        found = home.bindings[node.id]
        here = home is site.scope and all(one.site.scope is home and not one.site.loops for one in found)
        if len(found) > 1 and here and not site.loops and found[0].site.order < site.order:
            found = reaching(found, site)
        [first, *others] = found
        later = home is site.scope and first.site.order > site.order
        again = any(order > first.site.order for module, order in home.stars.items() if not ALIASES.get(module))
        return None if others or later or again else first


def resolver_of(tree: ast.Module) -> Resolver:
    """The resolver of a file."""
    return Resolver(tree=tree, scopes=scopes_of(tree))


def unfit(node: ast.AST) -> str:
    """What makes the node too deep or too large to be worked with and to be written out; empty if nothing does."""
    if too_deep(node):
        return "it is nested too deeply"
    numbers = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    if any(isinstance(number, int) and number.bit_length() > LARGEST for number in numbers):
        return "it has a number in it that is larger than any float"
    return ""


def _is_in(node: ast.expr, value: ast.expr) -> bool:
    """Whether a name stands in what it is bound to: rate = decay(rate), where it is what it was before."""
    return any(part is node for part in ast.walk(value))


def _root(node: ast.expr) -> ast.Name:
    """The first name of a dotted one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else ast.Name(id="")


def _elements(table: ast.expr) -> list[ast.expr]:
    match table:
        case ast.Dict(values=values):
            return values[:MOST]
        case ast.Tuple(elts=values) | ast.List(elts=values):
            return values[:MOST]
        case _:
            return []


def _known(module: str) -> Iterable[str]:
    home = ALIASES.get(module, "")
    return [*kind_of(home)[1], *(PARTS[home][1] if home in PARTS else ())]
