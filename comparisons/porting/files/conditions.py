"""Conditions on a parameter's name and axes, as selectors: `p.dim() >= 2`, `any(nd in n for nd in no_decay)`."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape

from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.resolver import Resolver
from comparisons.rules.training import Selector

Formula = Sequence[tuple[ast.expr, bool]]  # tests, all of which come out so


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a loop or a comprehension calls the parameters that it goes over: a tensor, and its name if it has one.

    `owner` is the module whose they are: model, or model.blocks.
    """

    tensor: str
    name: str = ""
    owner: str = ""


def selector_of(formula: Formula, parameter: Parameter, resolver: Resolver, label: str = "") -> Selector | None:
    """The tensors for which all tests come out as they are said to; None if no selector says that."""
    chosen = Selector(label=label)
    for test, wanted in conjuncts(formula):
        more = _one(test, parameter, resolver, wanted=wanted)
        if more is None or (more.names and chosen.names):
            return None
        chosen = _both(chosen, more, label)
    return chosen


def conjuncts(formula: Formula) -> Iterator[tuple[ast.expr, bool]]:
    """The tests, taken apart where all parts must come out so."""
    for test, wanted in formula:
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from conjuncts([(operand, not wanted)])
            case ast.BoolOp(op=ast.And(), values=values) if wanted:
                yield from conjuncts([(value, True) for value in values])
            case ast.BoolOp(op=ast.Or(), values=values) if not wanted:
                yield from conjuncts([(value, False) for value in values])
            case ast.Compare(ops=[ast.NotIn()], left=left, comparators=others):
                yield ast.Compare(left=left, ops=[ast.In()], comparators=others), not wanted
            case ast.Compare(ops=[ast.NotEq()], left=left, comparators=others):
                yield ast.Compare(left=left, ops=[ast.Eq()], comparators=others), not wanted
            case _:
                yield test, wanted


def _both(one: Selector, other: Selector, label: str) -> Selector:
    least = [axes for axes in (one.least_axes, other.least_axes) if axes is not None]
    most = [axes for axes in (one.most_axes, other.most_axes) if axes is not None]
    return Selector(
        names=one.names or other.names,
        without=(*one.without, *other.without),
        least_axes=max(least, default=None),
        most_axes=min(most, default=None),
        label=label,
    )


def _one(test: ast.expr, parameter: Parameter, resolver: Resolver, *, wanted: bool) -> Selector | None:
    """The selector of a single test."""
    if text_of(test) == f"{parameter.tensor}.requires_grad":  # of others there is no gradient
        return Selector() if wanted else None
    if (axes := _axes(test, parameter, resolver, wanted=wanted)) is not None:
        return axes
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]
    found = [_patterns(part, parameter, resolver) for part in parts]
    patterns = [pattern for some in found if some is not None for pattern in some]
    if not patterns or None in found:
        return None
    return Selector(names=tuple(patterns)) if wanted else Selector(without=tuple(patterns))


def _axes(test: ast.expr, parameter: Parameter, resolver: Resolver, *, wanted: bool) -> Selector | None:
    """The selector of a test of the number of axes."""
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if _counts_axes(left, parameter):
            match resolver.meaning(right):
                case ast.Constant(value=int(count)) if not isinstance(count, bool) and count >= 0:
                    return _bounds(operator, count, wanted=wanted)
                case _:
                    return None
        case _:
            return None


def _bounds(operator: ast.cmpop, count: int, *, wanted: bool) -> Selector | None:
    match operator, wanted:
        case (ast.GtE(), True) | (ast.Lt(), False):
            return Selector(least_axes=count)
        case (ast.Gt(), True) | (ast.LtE(), False):
            return Selector(least_axes=count + 1)
        case (ast.Lt(), True) | (ast.GtE(), False) if count:
            return Selector(most_axes=count - 1)
        case (ast.LtE(), True) | (ast.Gt(), False):
            return Selector(most_axes=count)
        case ast.Eq(), True:
            return Selector(least_axes=count, most_axes=count)
        case _:
            return None


def _counts_axes(node: ast.expr, parameter: Parameter) -> bool:
    tensor = parameter.tensor
    return text_of(node) in (
        f"{tensor}.ndim",
        f"{tensor}.dim()",
        f"{tensor}.ndimension()",
        f"len({tensor}.shape)",
        f"len({tensor}.size())",
        f"{tensor}.data.ndim",
        f"{tensor}.data.dim()",
    )


def _patterns(test: ast.expr, parameter: Parameter, resolver: Resolver) -> list[str] | None:
    """The patterns of a test of the name, one of which it matches if the test is true."""
    name = parameter.name
    if not name:
        return None
    match test:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=who), attr="endswith" | "startswith" as side), args=[what]):
            words = strings(resolver.meaning(what), resolver) if who == name else None
            ends = side == "endswith"
            return None if words is None else [f"*{escape(one)}" if ends else f"{escape(one)}*" for one in words]
        case ast.Compare(left=what, ops=[ast.In()], comparators=[ast.Name(id=who)]) if who == name:
            words = strings(resolver.meaning(what), resolver)
            return None if words is None else [f"*{escape(one)}*" for one in words]
        case (
            ast.Compare(left=ast.Name(id=who), ops=[ast.In()], comparators=[what])
            | ast.Compare(left=ast.Name(id=who), ops=[ast.Eq()], comparators=[what])
        ) if who == name:
            words = strings(resolver.meaning(what), resolver)
            return None if words is None else [escape(one) for one in words]
        case ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp() | ast.ListComp() as parts]):
            return _any(parts, parameter, resolver)
        case _:
            return None


def _any(parts: ast.GeneratorExp | ast.ListComp, parameter: Parameter, resolver: Resolver) -> list[str] | None:
    match parts.generators:
        case [ast.comprehension(target=ast.Name(id=each), iter=table, ifs=[])]:
            words = strings(resolver.meaning(table), resolver, several=True)
        case _:
            return None
    if words is None:
        return None
    tests = (_with(parts.elt, each, word) for word in words)
    found = [_patterns(test, parameter, resolver) for test in tests]
    return None if None in found else [one for some in found if some for one in some]


def _with(node: ast.expr, name: str, word: str) -> ast.expr:
    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Constant(value=word) if node.id == name else node

    return ast.fix_missing_locations(Put().visit(ast.parse(ast.unparse(node), mode="eval").body))


def strings(node: ast.expr, resolver: Resolver, *, several: bool = False) -> list[str] | None:
    """The words that a literal has; None if it is none. A word by itself is one, unless there must be several."""
    match node:
        case ast.Constant(value=str(word)) if not several:
            return [word]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            return words if len(words) == len(parts) and words else None
        case ast.Call(func=ast.Name(id="set" | "tuple" | "list" | "frozenset"), args=[inner]):
            return strings(resolver.meaning(inner), resolver, several=True)
        case _:
            return None
