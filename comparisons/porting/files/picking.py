"""Which tensors an expression of a file holds: lists that conditions pick, in loops and comprehensions."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from comparisons.porting.files.conditions import Formula, Parameter, selector_of
from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.source import Gap
from comparisons.rules.training import Selector


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


def tensors_of(node: ast.expr, resolver: Resolver) -> ParameterGroup:
    """The tensors that an expression holds, and how they are picked."""
    label = label_of(node)
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


def label_of(node: ast.expr) -> str:
    """What the tensors are called there; "" where that is no plain name or call."""
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
