"""What the names in a file mean, as far as it can be told without running it."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comparisons.port.reading import dotted


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The imports of a file, and the names in it that are bound once.

    Args:
        imports: a name to what it was imported as: "optim" to "torch.optim".
        bound: a name that is assigned to in one place only, to what it is there.
    """

    imports: Mapping[str, str]
    bound: Mapping[str, ast.expr]

    def full_name(self, node: ast.expr) -> str:
        """The dotted name with its import written out; empty if it is no name, or not imported."""
        first, *rest = dotted(node).split(".")
        return ".".join([self.imports[first], *rest]) if first in self.imports else ""

    def meaning(self, node: ast.expr) -> ast.expr:
        """What a name is bound to, where that is one thing; else the node itself."""
        return self.bound.get(node.id, node) if isinstance(node, ast.Name) else node


def scope_of(tree: ast.Module) -> Scope:
    """The scope of a file, functions and all: a name counts as bound once if no two places bind it."""
    stored = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _is_bound(node))
    stored.update(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
    bound = {name: value for name, value in _assigned(tree) if stored[name] == 1}
    return Scope(imports=dict(_imports(tree)), bound=bound)


def _is_bound(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store | ast.Del)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, value


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    first = alias.name.partition(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (first, first)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((alias.asname or alias.name, f"{module}.{alias.name}") for alias in names)
