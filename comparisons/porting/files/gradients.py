"""Which values of a file reach `apply_gradients`: TensorFlow's clips may be of anything else."""

import ast
from collections.abc import Iterable, Iterator

from comparisons.porting.files.resolver import Key, Resolver

THROUGH = {"zip", "list", "tuple", "enumerate", "map"}  # what is given to them is in what they give
Value = int | Key  # a call, by its id, or a variable


def applied(calls: Iterable[ast.Call], resolver: Resolver) -> dict[int, list[ast.expr]]:
    """Those of the calls whose values are given to apply_gradients, by their ids, to the optimizers of that."""
    steps, sinks = _steps(resolver), _sinks(resolver)
    reached = {id(call): _reached(id(call), steps) & sinks.keys() for call in calls}
    return {call: [one for value in values for one in sinks[value]] for call, values in reached.items() if values}


def _reached(start: Value, steps: dict[Value, list[Value]]) -> set[Value]:
    """Everything that the value comes to be in."""
    reached, waiting = {start}, [start]
    while waiting:
        new = [value for value in steps.get(waiting.pop(), []) if value not in reached]
        reached.update(new)
        waiting += new
    return reached


def _steps(resolver: Resolver) -> dict[Value, list[Value]]:
    """From a value to the variables that hold it after an assignment, in a loop over it, or by append."""
    steps: dict[Value, list[Value]] = {}
    for node in resolver.scopes.nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                targets = [target]
            case (
                ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                targets = [target]
            case ast.Call(func=ast.Attribute(value=target, attr="append" | "extend"), args=[value]):
                targets = [target]
            case _:
                continue
        held = [key for target in targets for key in _variables(target, resolver)]
        for one in _values(value, resolver):
            steps.setdefault(one, []).extend(held)
    return steps


def _sinks(resolver: Resolver) -> dict[Value, list[ast.expr]]:
    """What is given to apply_gradients, to the optimizers that it is given to."""
    sinks: dict[Value, list[ast.expr]] = {}
    for node in resolver.scopes.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=optimizer, attr="apply_gradients" | "apply")):
                for given in (*node.args[:1], *(one.value for one in node.keywords)):
                    for value in _values(given, resolver):
                        sinks.setdefault(value, []).append(optimizer)
            case _:
                pass
    return sinks


def _values(node: ast.expr, resolver: Resolver) -> Iterator[Value]:
    """The values that are in what a node gives, unchanged."""
    waiting: list[ast.expr] = [node]
    while waiting:
        match waiting.pop():
            case ast.Call(func=ast.Name(id=name), args=args) if name in THROUGH:
                waiting += args
            case ast.Call() as call:
                yield id(call)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                waiting += parts
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.Lambda(body=part):
                waiting.append(part)
            case ast.Subscript(value=part) | ast.Starred(value=part) | ast.NamedExpr(value=part):
                waiting.append(part)
            case ast.IfExp(body=part, orelse=other):
                waiting += [part, other]
            case ast.Name() | ast.Attribute() as name:
                yield from [key for key in [resolver.key(name)] if key is not None]
            case _:
                pass


def _variables(target: ast.expr, resolver: Resolver) -> Iterator[Key]:
    """The variables that a target changes: `grads[0] = ...` changes grads."""
    return (value for value in _values(target, resolver) if not isinstance(value, int))
