"""The rooms of a file, in which names are bound: the module, its functions, classes and comprehensions."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from comparisons.port.files.binding import Room, Spot, assignments, bindings_of, either


@dataclass(kw_only=True)
class Rooms:
    """What there is in a file.

    Args:
        spots: of names, calls and assignments, by the ids of the nodes.
        assigned: what is assigned, by its id, to the variables that it is assigned to.
        nodes: calls, loops and assignments, from top to bottom.
        names: the names, likewise.
    """

    spots: dict[int, Spot] = field(default_factory=dict)
    assigned: dict[int, list[ast.expr]] = field(default_factory=dict)
    nodes: list[ast.AST] = field(default_factory=list)
    names: list[ast.Name] = field(default_factory=list)


KEPT = (ast.Call, ast.For, ast.AsyncFor, ast.comprehension, ast.Assign, ast.AnnAssign, ast.NamedExpr)


def rooms_of(tree: ast.Module) -> Rooms:
    """The rooms of a file. It is not worked through level by level: a file may be deeper than the stack is."""
    rooms, turns = Rooms(), count()
    values: dict[int, ast.expr] = {}  # of the names that are assigned to
    waiting: list[tuple[ast.AST, Spot]] = [(tree, Spot(Room(), 0))]
    while waiting:
        node, around = waiting.pop()
        spot = around._replace(order=next(turns))
        if isinstance(node, (ast.Name, *KEPT)):
            rooms.spots[id(node)] = spot
        if isinstance(node, ast.NamedExpr):
            rooms.spots[id(node.target)] = spot
        if isinstance(node, ast.Name):
            rooms.names.append(node)
        elif isinstance(node, KEPT):
            rooms.nodes.append(node)
        for target, value in assignments(node):
            values[id(target)] = value
            for one in either(value):
                rooms.assigned.setdefault(id(one), []).append(target)
        for name, binding in bindings_of(node, spot, values):
            _room_of(name, node, spot.room).bindings.setdefault(name, []).append(binding)
        waiting.extend(reversed([*_inside(node, spot)]))
    return rooms


def _room_of(name: str, node: ast.AST, room: Room) -> Room:
    """The room that a name is bound in."""
    if name in room.elsewhere:
        return room.elsewhere[name].home(name) or room.elsewhere[name]
    while isinstance(node, ast.NamedExpr) and room.is_comprehension and room.outer is not None:
        room = room.outer
    return room


def _inside(node: ast.AST, spot: Spot) -> Iterator[tuple[ast.AST, Spot]]:
    """The nodes in a node, each with the spot around it."""
    room, chosen = spot.room, id(node)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            yield from _in_function(node, spot)
        case ast.ClassDef(body=body):
            inner = Spot(Room(outer=room, is_class=True), 0)
            lines = {id(line) for line in body}
            yield from ((one, inner if id(one) in lines else spot) for one in ast.iter_child_nodes(node))
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            inner = Spot(Room(outer=room, is_comprehension=True), 0, loops=(*spot.loops, chosen))
            yield from ((one, inner) for one in node.generators)
            yield from ((one, inner) for one in ast.iter_child_nodes(node) if not isinstance(one, ast.comprehension))
        case ast.If(body=body, orelse=orelse):
            yield node.test, spot
            yield from _on_arms([body, orelse], node, spot)
        case ast.IfExp(test=test, body=value, orelse=other):
            yield test, spot
            yield from _on_arms([[value], [other]], node, spot)
        case ast.Match(subject=subject, cases=cases):
            yield subject, spot
            yield from _on_arms([[case] for case in cases], node, spot)
        case ast.ExceptHandler():
            yield from _on_arms([[*ast.iter_child_nodes(node)]], node, spot)
        case ast.For(body=body) | ast.AsyncFor(body=body) | ast.While(body=body):
            within = spot._replace(loops=(*spot.loops, chosen))
            lines = {id(line) for line in body}
            yield from ((one, within if id(one) in lines else spot) for one in ast.iter_child_nodes(node))
        case ast.Global(names=names):
            room.elsewhere.update(dict.fromkeys(names, room.top))
        case ast.Nonlocal(names=names) if room.outer is not None:
            room.elsewhere.update(dict.fromkeys(names, room.outer))
        case ast.NamedExpr(value=value):
            yield value, spot
        case _:
            yield from ((one, spot) for one in ast.iter_child_nodes(node))


def _in_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, spot: Spot
) -> Iterator[tuple[ast.AST, Spot]]:
    """The body and the arguments are in a room of their own; the rest of the head is outside."""
    names = [*node.args.posonlyargs, *node.args.args]
    receiver = names[0].arg if names and spot.room.is_class else ""
    inner = Spot(Room(outer=spot.room, receiver=receiver), 0)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    lines = {id(line) for line in body}
    yield from ((one, spot) for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None)
    heads = (one for one in ast.iter_child_nodes(node) if id(one) not in lines and one is not node.args)
    yield from ((one, spot) for one in heads)
    every = (*names, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg)
    yield from ((one, inner) for one in every if one is not None)
    yield from ((line, inner) for line in body)


def _on_arms(ways: Sequence[Sequence[ast.AST]], node: ast.AST, spot: Spot) -> Iterator[tuple[ast.AST, Spot]]:
    for number, way in enumerate(ways):
        on_it = spot._replace(arms=(*spot.arms, (id(node), number)))
        yield from ((one, on_it) for one in way)
