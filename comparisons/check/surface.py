"""Classes, arguments and defaults: the tables of the dialects beside the installed frameworks."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from comparisons.check.changes import Change
from comparisons.frameworks import of
from comparisons.frameworks.framework import ClipCalls, Framework
from comparisons.frameworks.signature import OFF, Argument, Arguments

# What is stepped, clipped or scheduled: the first parameter, which no table has.
OBJECTS = ("params", "parameters", "optimizer")
PLAIN = bool | int | float | str | None


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """An argument as the installed class takes it; a default that is no plain value is its repr."""

    default: Any
    required: bool
    keyword_only: bool


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What a module has: of each call in its table the parameters (None: there is no such call), and what is new."""

    calls: Mapping[str, Mapping[str, Parameter] | None]
    new: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """What we know of a module: its calls, and the names of those that no rule describes."""

    module: str
    calls: Mapping[str, Arguments]
    others: frozenset[str]


def tables(framework: Framework) -> list[Table]:
    """The tables of a framework: optimizers, schedules, and functions that clip. None where they are our own."""
    if not framework.has_optimizers:
        return []
    optimizers = {name: native.arguments for name, native in framework.classes.items()}
    found = [Table(module=framework.module, calls=optimizers, others=frozenset(framework.names.no_rule))]
    if (schedules := framework.schedules) is not None:
        found.append(Table(module=schedules.module, calls=schedules.calls, others=frozenset(schedules.no_rule)))
    if isinstance(framework.clips, ClipCalls):
        found.append(Table(module=framework.clips.module, calls=framework.clips.calls, others=frozenset()))
    return found


def surfaces(framework: str) -> list[Surface]:
    """What the installed framework has of each of its tables. Imports it: ask in a worker."""
    return [_surface(table, import_module(table.module)) for table in tables(of(framework))]


def _surface(table: Table, module: ModuleType) -> Surface:
    calls = {name: _parameters(getattr(module, name, None)) for name in table.calls}
    known = [one for name in table.calls if inspect.isclass(one := getattr(module, name, None))]
    if not known:  # functions
        return Surface(calls=calls, new=())
    # What all its classes extend, so that a class that does, too, is one of their kind.
    base = next(one for one in known[0].__mro__ if all(issubclass(other, one) for other in known))
    kin = [name for name, one in vars(module).items() if inspect.isclass(one) and issubclass(one, base)]
    old = {*table.calls, *table.others, base.__name__}
    return Surface(calls=calls, new=tuple(name for name in kin if not name.startswith("_") and name not in old))


def _parameters(call: Any) -> dict[str, Parameter] | None:
    """The parameters that have names, in order, but for the object."""
    if call is None:
        return None
    parameters = inspect.signature(call).parameters.values()
    named = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return {
        one.name: Parameter(
            default=None if one.default is one.empty else _plain(one.default),
            required=one.default is one.empty,
            keyword_only=one.kind is one.KEYWORD_ONLY,
        )
        for one in named
        if one.name not in OBJECTS
    }


def _plain(default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(map(_plain, default))
    return default if isinstance(default, PLAIN) else repr(default)


def surface_changes(framework: str, found: list[Surface]) -> Iterator[Change]:
    """In what the installed framework is not as its tables say."""
    for table, surface in zip(tables(of(framework)), found, strict=True):
        for name in surface.new:
            yield _change("other", framework, table, {"class": name}, "is new")
        for name, parameters in surface.calls.items():
            if parameters is None:
                yield _change("numbers", framework, table, {"class": name}, "is gone")
            else:
                yield from _argument_changes(framework, table, name, parameters)


def _argument_changes(framework: str, table: Table, name: str, found: Mapping[str, Parameter]) -> Iterator[Change]:
    known = table.calls[name]
    for argument in (one for one in known if one not in found):
        yield _change("numbers", framework, table, {"class": name, "argument": argument}, "is gone")
    for argument, parameter in found.items():
        place = {"class": name, "argument": argument}
        if argument not in known:
            default = "must be given" if parameter.required else f"its default is {parameter.default!r}"
            yield _change("numbers" if parameter.required else "other", framework, table, place, f"is new; {default}")
        elif words := _difference(known[argument], parameter):
            how = known[argument].field == OFF and not known[argument].must_keep_default
            yield _change("other" if how else "numbers", framework, table, place, words)
    by_place = [one for one, parameter in found.items() if one in known and not parameter.keyword_only]
    if by_place != [one for one, argument in known.items() if one in found and not argument.keyword_only]:
        words = f"are taken without their names in another order: {', '.join(by_place)}"
        yield _change("numbers", framework, table, {"class": name, "argument": "all"}, words)


def _difference(known: Argument, found: Parameter) -> str:
    """What is not as it was, in words; "" for nothing."""
    was, now = ("must be given" if one.required else f"default {one.default!r}" for one in (known, found))
    if known.required != found.required or known.default != found.default:
        return f"was: {was}; is: {now}"
    return ""


def _change(kind: Any, framework: str, table: Table, place: Mapping[str, str], message: str) -> Change:
    about = "argument" if "argument" in place else "class"
    return Change(kind=kind, framework=framework, about=about, place={"module": table.module, **place}, message=message)
