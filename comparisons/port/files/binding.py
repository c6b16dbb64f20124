"""How names are bound: in rooms, by assignments, imports, arguments, loops."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Arms = tuple[tuple[int, int], ...]  # the statements that choose one way of several, by their ids, and which way


@dataclass(eq=False, kw_only=True)
class Room:
    """A room within another.

    Args:
        bindings: each name that is bound in it, to all places that bind it.
        elsewhere: a name that `global` or `nonlocal` says to be of another room, to that room.
        stars: the modules of which everything is imported, to where; "exec" may bind anything, too.
        receiver: the first argument of a method, which stands for the object: self.
    """

    outer: "Room | None" = None
    is_class: bool = False
    is_comprehension: bool = False
    receiver: str = ""
    bindings: dict[str, list["Binding"]] = field(default_factory=dict)
    elsewhere: dict[str, "Room"] = field(default_factory=dict)
    stars: dict[str, int] = field(default_factory=dict)

    @property
    def top(self) -> "Room":
        """The module."""
        room = self
        while room.outer is not None:
            room = room.outer
        return room

    def home(self, name: str) -> "Room | None":
        """The room whose name it is, seen from here; None if nothing in the file binds it."""
        room: Room | None = self.elsewhere.get(name, self)
        while room is not None:
            if name in room.bindings and (room is self or not room.is_class):
                return room
            room = room.elsewhere.get(name, room.outer)
        return None


class Spot(NamedTuple):
    """Where a node stands: its room, the ways that lead to it, the loops around it, its turn from top to bottom."""

    room: Room
    order: int
    arms: Arms = ()
    loops: tuple[int, ...] = ()


class Binding(NamedTuple):
    """A place that binds a name: to the value of an assignment, to what is imported, or to what is not known."""

    spot: Spot
    value: ast.expr | None = None
    imported: str = ""


def assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Variables with what is assigned to them, in pairs where there are several of both."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                match target, value:
                    case ast.Tuple(elts=names), ast.Tuple(elts=parts) if len(names) == len(parts):
                        yield from zip(names, parts, strict=True)
                    case _:
                        yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case _:
            pass


def either(value: ast.expr) -> Iterator[ast.expr]:
    """The values of a conditional expression, or the one."""
    while isinstance(value, ast.IfExp):
        yield value.body
        value = value.orelse
    yield value


def bindings_of(node: ast.AST, spot: Spot, values: dict[int, ast.expr]) -> Iterator[tuple[str, Binding]]:
    """The names that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name, Binding(spot, values.get(id(node)))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, Binding(spot, value)
        case ast.Import(names=aliases):
            for alias in aliases:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, Binding(spot, imported=alias.name if alias.asname else first)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                if alias.name == "*":
                    spot.room.stars[str(module)] = spot.order
                else:
                    full = f"{module}.{alias.name}" if module and not level else ""
                    yield alias.asname or alias.name, Binding(spot, imported=full)
        case ast.Call(func=ast.Name(id="exec")) if spot.room is spot.room.top:
            spot.room.stars["exec"] = spot.order
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, Binding(spot)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, Binding(spot)
        case ast.arg(arg=name) | ast.MatchMapping(rest=str(name)):
            yield name, Binding(spot)
        case _:
            pass
