"""The groups of parameters that an optimizer of a file is made over."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from comparisons.names import BadInput
from comparisons.porting.files.conditions import Formula
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.picking import ParameterGroup, label_of, tensors_of
from comparisons.porting.files.resolver import FURTHEST, Resolver
from comparisons.porting.files.spread import spread
from comparisons.porting.reading.text import shown
from comparisons.rules.training import ALL, Selector

Arguments = Mapping[str, ast.expr]  # of the function that the groups come from, by their names


def groups_of(parameters: ast.expr, more: Sequence[ast.expr], resolver: Resolver) -> list[ParameterGroup]:
    """The groups, in the order in which a tensor is looked for in them; none where there are no groups.

    Args:
        parameters: what the optimizer is made over.
        more: the dicts that are given to its add_param_group.

    Raises:
        BadInput: it cannot be known what a group has.
    """
    found = [*_entries(parameters, resolver, {}, FURTHEST)]
    if more and not found:
        found = [ParameterGroup(tensors=Selector(label=label_of(parameters), known=False))]
    found += [one for node in more for one in _group(node, resolver, {})]
    if len(found) == 1 and found[0].gap is None:
        return [replace(found[0], tensors=ALL)]
    return _in_order(found)


def tensors_between(over: Sequence[ast.expr], resolver: Resolver) -> list[Selector]:
    """The tensors of each of two optimizers that train one net, by what they are made over."""
    one, other = _of_whole_owners([tensors_of(node, resolver) for node in over])
    return [
        Selector(label=mine.tensors.label) if _is_rest_of(mine, theirs) else mine.tensors
        for mine, theirs in ((one, other), (other, one))
    ]


def _in_order(found: list[ParameterGroup]) -> list[ParameterGroup]:
    """The group that has what the tests of another leave comes last, and is all that is left."""
    found = _of_whole_owners(found)
    if len(found) == 2:
        for one, other in (found, found[::-1]):
            if _is_rest_of(one, other):
                return [other, replace(one, tensors=Selector(label=one.tensors.label), gap=None)]
    return found


def _of_whole_owners(found: list[ParameterGroup]) -> list[ParameterGroup]:
    """The groups, where one that picks from a part of what others pick from is known by its label alone.

    A selector picks from all tensors of the training.
    """
    owners = {one.owner for one in found if one.owner}
    whole = [owner for owner in owners if all(f"{other}.".startswith(f"{owner}.") for other in owners)]
    return [
        replace(one, tensors=Selector(label=one.tensors.label or f"{one.owner}.parameters()", known=False))
        if one.owner and one.owner not in whole and one.tensors.known
        else one
        for one in found
    ]


def _is_rest_of(one: ParameterGroup, other: ParameterGroup) -> bool:
    """Whether a group whose tests no selector says has what fails those of another."""
    known = other.tensors.known and not one.tensors.known and one.owner == other.owner
    return known and len(other.ways) == 1 and _ways(one) == _complement(other.ways[0])


def _ways(group: ParameterGroup) -> set[tuple[tuple[str, bool], ...]]:
    return {tuple(_plain(way)) for way in group.ways}


def _plain(formula: Formula) -> list[tuple[str, bool]]:
    """The tests as text, without a `not` before them, and without that of requires_grad."""
    plain = []
    for test, wanted in formula:
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, wanted = test.operand, not wanted
        match test:
            case ast.Compare(ops=[ast.NotEq()], left=left, comparators=others):
                test, wanted = ast.Compare(left=left, ops=[ast.Eq()], comparators=others), not wanted
            case ast.Compare(ops=[ast.NotIn()], left=left, comparators=others):
                test, wanted = ast.Compare(left=left, ops=[ast.In()], comparators=others), not wanted
            case _:
                pass
        if not text_of(test).endswith(".requires_grad"):
            plain.append((text_of(test), wanted))
    return plain


def _complement(formula: Formula) -> set[tuple[tuple[str, bool], ...]]:
    """The ways by which a tensor fails the tests: at the first, or at a later one."""
    tests = _plain(formula)
    return {(*tests[:i], (test, not wanted)) for i, (test, wanted) in enumerate(tests)}


def _entries(node: ast.expr, resolver: Resolver, given: Arguments, further: int) -> Iterator[ParameterGroup]:
    """The groups that are in what a node gives; nothing if it gives tensors."""
    value = resolver.meaning(node)
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                inner = part.value if isinstance(part, ast.Starred) else part
                yield from _group(inner, resolver, given) or (
                    _entries(inner, resolver, given, further - 1) if isinstance(part, ast.Starred) and further else ()
                )
        case ast.ListComp(elt=ast.Dict() as entry) | ast.GeneratorExp(elt=ast.Dict() as entry):
            yield from (_one_of_many(one, entry) for one in _group(entry, resolver, given))
        case ast.BinOp(left=left, op=ast.Add(), right=right) if further:
            yield from _entries(left, resolver, given, further - 1)
            yield from _entries(right, resolver, given, further - 1)
        case ast.Call(func=function) if further and (made := resolver.function(function)) is not None:
            yield from _returned(made, value, resolver, given, further)
        case _:
            pass
    for call in resolver.methods_of(node, "append", "extend"):
        for one in _group(call.args[0], resolver, given) if len(call.args) == 1 else ():
            site = resolver.site(call)
            yield _one_of_many(one, call) if site and site.loops else one


def _one_of_many(one: ParameterGroup, node: ast.expr) -> ParameterGroup:
    """A group that stands for those that a loop makes; what they have is written as it stands there."""
    if not one.given:
        return one
    words = "a loop makes the groups one by one; write each, with its numbers"
    tensors = Selector(label=one.tensors.label or "each", known=False)
    return replace(one, tensors=tensors, gap=gap_at(node, words))


def _returned(
    made: ast.FunctionDef, call: ast.Call, resolver: Resolver, given: Arguments, further: int
) -> Iterator[ParameterGroup]:
    """The groups that a function of the file returns."""
    returned = [node.value for node in _own_nodes(made) if isinstance(node, ast.Return) and node.value is not None]
    arguments = {name: substituted(value, given) for name, value in resolver.arguments_given(made, call).items()}
    if len(returned) == 1:
        yield from _entries(returned[0], resolver, arguments, further - 1)
    elif any([*_entries(one, resolver, arguments, further - 1)] for one in returned):
        raise BadInput(f"{made.name}() returns one of several lists of groups; write the groups where they are used")


def _own_nodes(made: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function that are not in a function within it."""
    waiting: list[ast.AST] = [*made.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def substituted(node: ast.expr, given: Arguments) -> ast.expr:
    """The expression with the arguments of a function in the places of their names."""
    if not given or not any(isinstance(one, ast.Name) and one.id in given for one in ast.walk(node)):
        return node
    if isinstance(node, ast.Name):
        return given[node.id]

    class Put(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return given.get(name.id, name)

    return ast.fix_missing_locations(Put().visit(ast.parse(text_of(node), mode="eval").body))


def _group(node: ast.expr, resolver: Resolver, given: Arguments) -> list[ParameterGroup]:
    """The group that a dict is; none if it is no dict.

    Raises:
        BadInput: it cannot be known what is in it.
    """
    value = resolver.meaning(node)
    match value:
        case ast.Dict(keys=keys, values=values):
            pairs = [*zip(keys, values, strict=True)]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            pairs = [(ast.Constant(value=one.arg) if one.arg else None, one.value) for one in keywords]
        case _:
            return []
    entries: dict[str, ast.expr] = {}
    for key, one in pairs:
        match key, spread(one, resolver) if key is None else None:
            case ast.Constant(value=str(word)), _:
                entries[word] = substituted(one, given)
            case None, [way]:
                entries |= {str(more.arg): substituted(more.value, given) for more in way}
            case _:
                raise BadInput(f"a parameter group is {shown(text_of(value))}; write its entries out")
    entries |= _set_later(node, value, resolver)
    if "params" not in entries:
        return []
    parameters = entries.pop("params")
    return [replace(tensors_of(parameters, resolver), given=entries)]


def _set_later(node: ast.expr, value: ast.expr, resolver: Resolver) -> dict[str, ast.expr]:
    """What is set in a dict by its name: group["lr"] = 0.1."""
    if value is node:
        return {}
    key = resolver.key(node)
    found = {}
    for one in resolver.scopes.nodes:
        match one:
            case ast.Assign(targets=[ast.Subscript(value=table, slice=ast.Constant(value=str(word)))], value=given) if (
                key is not None and resolver.key(table) == key
            ):
                found[word] = given
            case _:
                pass
    return found
