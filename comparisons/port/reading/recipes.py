"""Several statements pasted together: a file of their own, in which bare names mean what they usually do."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from comparisons.frameworks.call import NativeCall
from comparisons.names import BadInput
from comparisons.port.files.gaps import gap_at
from comparisons.port.files.links import links_of
from comparisons.port.files.resolver import resolver_of
from comparisons.port.files.trainings import training_at
from comparisons.port.reading.calls import by_name, dotted
from comparisons.port.reading.names import resolve
from comparisons.port.reading.source import Source


def read_recipe(body: Sequence[ast.stmt]) -> Source | None:
    """The training that the statements say; None if there is no optimizer among them.

    Raises:
        BadInput: there is more than one training, or its optimizer cannot be read.
    """
    bound = {name for line in body for name in _bound(line)}
    lines = [WrittenOut(bound).visit(line) for line in body]
    links = links_of(resolver_of(ast.fix_missing_locations(ast.Module(body=lines, type_ignores=[]))))
    sites = [one for one in links.call_sites if one.kind == "optimizer"]
    if not sites:
        return None
    if len(sites) > 1:
        named = " and ".join(f"{one.name} in line {one.node.lineno}" for one in sites[:2])
        raise BadInput(f"there must be one optimizer, and there are {len(sites)}: {named}; port each by itself")
    [one] = sites
    if one.problem:
        raise BadInput(one.problem)
    found = training_at(one, links)
    given = {
        value.name
        for group in found.source.training.groups
        for value in group.optimizer.arguments.values()
        if isinstance(value, NativeCall)
    }
    others = [
        part for part in links.call_sites if part is not one and part not in found.parts and part.name not in given
    ]
    words = "it is not seen to belong to the optimizer, and is not in the translation"
    gaps = [gap_at(part.node, part.problem or words) for part in others if not any(_is_in(part.node, found.source))]
    return replace(found.source, gaps=(*found.source.gaps, *gaps))


def _is_in(node: ast.Call, source: Source) -> Sequence[bool]:
    """Whether what is wrong with a call is said already."""
    return [gap.line == node.lineno for gap in source.gaps]


def _bound(line: ast.stmt) -> Sequence[str]:
    """The names that a statement binds."""
    names: list[str] = []
    for node in ast.walk(line):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.append(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names += [alias.asname or alias.name.partition(".")[0] for alias in aliases]
            case _:
                pass
    return names


class WrittenOut(ast.NodeTransformer):
    """Calls of classes and functions whose names nothing binds, by their full names: AdamW to torch.optim.AdamW."""

    def __init__(self, bound: set[str]) -> None:
        self.bound = bound

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """The call, and those in its arguments."""
        self.generic_visit(node)
        name = dotted(node.func)
        if name and name.partition(".")[0] not in self.bound:
            try:
                module, full = resolve(name, by_name(node))
            except BadInput:
                return node
            node.func = ast.copy_location(ast.parse(f"{module}.{full}", mode="eval").body, node.func)
        return node
