"""The groups of parameters that an optimizer of a file is made over, and which tensors each holds."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from comparisons.names import BadInput
from comparisons.porting.files.conditions import Formula, Parameter, selector_of
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.resolver import FURTHEST, Resolver
from comparisons.porting.files.spread import spread
from comparisons.porting.reading.source import Gap
from comparisons.porting.reading.text import shown
from comparisons.rules.training import ALL, Selector

Arguments = Mapping[str, ast.expr]  # of the function that the groups come from, by their names


@dataclass(frozen=True, kw_only=True)
class ParameterGroup:
    """A group: its tensors, and the arguments of the optimizer that it has itself.

    Args:
        tensors: which.
        given: its own arguments.
        ways: the tests by which its tensors are picked, one list for each way; () if that is not known.
        owner: the module of whose tensors it picks them; "" if that is not known.
        gap: what is not known of it.
    """

    tensors: Selector
    given: Mapping[str, ast.expr] = field(default_factory=dict)
    ways: tuple[Formula, ...] = ()
    owner: str = ""
    gap: Gap | None = None


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
        found = [ParameterGroup(tensors=Selector(label=_label(parameters), known=False))]
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


# --- which tensors


def tensors_of(node: ast.expr, resolver: Resolver) -> ParameterGroup:
    """The tensors that an expression holds, and how they are picked."""
    label = _label(node)
    value = resolver.meaning(node)
    match value:
        case ast.List(elts=[]) if appended := resolver.methods_of(node, "append"):
            ways = [_way(call, resolver) for call in appended]
        case ast.List(elts=[one]) | ast.Tuple(elts=[one]) if not isinstance(one, ast.Starred):
            return ParameterGroup(tensors=Selector(label=label, known=False))
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            ways = [_way_of_comprehension(value, resolver)]
        case ast.Call(func=ast.Name(id="filter"), args=[ast.Lambda() as test, over]):
            names = [argument.arg for argument in test.args.args]
            parameter = _parameter([ast.Name(id=name) for name in names], over, resolver)
            ways = [None if parameter is None else ([(test.body, True)], parameter)]
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter"), args=[inner]):
            return tensors_of(inner, resolver)
        case _:
            ways = [None]
    found = [way for way in ways if way is not None]
    if len(found) < len(ways) or not found:
        return ParameterGroup(tensors=Selector(label=label, known=False))
    chosen = selector_of(*found[0], resolver, label) if len(found) == 1 else None
    formulas = tuple(formula for formula, _ in found)
    owners = {parameter.owner for _, parameter in found}
    return ParameterGroup(
        tensors=chosen or Selector(label=label, known=False),
        ways=formulas,
        owner=owners.pop() if len(owners) == 1 else "",
    )


def _label(node: ast.expr) -> str:
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return ""
    text = text_of(node)
    return text if len(text) <= 60 else ""


def _way_of_comprehension(
    value: ast.ListComp | ast.GeneratorExp | ast.SetComp, resolver: Resolver
) -> tuple[Formula, Parameter] | None:
    match value.generators:
        case [ast.comprehension(target=target, iter=over, ifs=tests)]:
            targets = target.elts if isinstance(target, ast.Tuple) else [target]
            parameter = _parameter(targets, over, resolver)
        case _:
            return None
    if parameter is None or not isinstance(value.elt, ast.Name) or value.elt.id != parameter.tensor:
        return None
    return [(_named(test, parameter), True) for test in tests], parameter


def _named(test: ast.expr, parameter: Parameter) -> ast.expr:
    """The test with Keras's name of a variable, `v.path`, as one name; another test as it stands in the file."""
    if "." not in parameter.name:
        return test

    class Put(ast.NodeTransformer):
        def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
            return ast.Name(id=parameter.name) if text_of(node) == parameter.name else node

    return ast.fix_missing_locations(Put().visit(ast.parse(text_of(test), mode="eval").body))


def _parameter(targets: Sequence[ast.expr], over: ast.expr, resolver: Resolver) -> Parameter | None:
    """What the parameters are called that a loop goes over; None if it goes over something else."""
    match targets, resolver.meaning(over):
        case (
            [ast.Name(id=name), ast.Name(id=tensor)],
            ast.Call(func=ast.Attribute(value=owner, attr="named_parameters" | "items")),
        ):
            return Parameter(tensor=tensor, name=name, owner=text_of(owner))
        case [ast.Name(id=tensor)], ast.Call(func=ast.Attribute(value=owner, attr="parameters")):
            return Parameter(tensor=tensor, owner=text_of(owner))
        case [ast.Name(id=tensor)], ast.Attribute(value=owner, attr="trainable_variables" | "trainable_weights"):
            return Parameter(tensor=tensor, name=f"{tensor}.path", owner=text_of(owner))
        case _, ast.Call(func=ast.Name(id="list"), args=[inner]):
            return _parameter(targets, inner, resolver)
        case _:
            return None


def _way(call: ast.Call, resolver: Resolver) -> tuple[Formula, Parameter] | None:
    """The tests on the way from a loop over the parameters to where one is appended."""
    if len(call.args) != 1 or not isinstance(call.args[0], ast.Name):
        return None
    formula: list[tuple[ast.expr, bool]] = []
    node: ast.AST = call
    while (above := resolver.parents.get(id(node))) is not None:
        match above:
            case ast.For(target=target, iter=over, body=body):
                formula += _passed(body, node)
                targets = target.elts if isinstance(target, ast.Tuple) else [target]
                parameter = _parameter(targets, over, resolver)
                known = parameter is not None and parameter.tensor == call.args[0].id
                return (formula[::-1], parameter) if known and parameter is not None else None
            case ast.If(test=test, body=body, orelse=orelse):
                within = next((lines for lines in (body, orelse) if any(line is node for line in lines)), [])
                formula += _passed(within, node)
                formula.append((test, within is body))
            case ast.Expr():
                pass
            case _:
                return None
        node = above
    return None


def _passed(lines: Sequence[ast.stmt], node: ast.AST) -> list[tuple[ast.expr, bool]]:
    """The tests that whoever comes to a line has failed: `if not p.requires_grad: continue`; the last first."""
    found: list[tuple[ast.expr, bool]] = []
    for line in lines:
        match line:
            case _ if line is node:
                break
            case ast.If(test=test, body=[*_, ast.Continue()], orelse=[]):
                found.append((test, False))
            case _:
                pass
    return found[::-1]
