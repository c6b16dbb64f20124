"""A call of a file with literals for all its arguments: the file's own numbers, or symbols for expressions."""

import ast
from collections.abc import Mapping
from types import MappingProxyType

from comparisons.frameworks.keras.train_schedules import CALLS
from comparisons.frameworks.keras.train_schedules import MODULE as TRAIN
from comparisons.frameworks.signature import OFF, Argument, Arguments
from comparisons.names import BadInput
from comparisons.porting.files.constants import constant
from comparisons.porting.files.expressions import is_number, is_plain, is_schedule
from comparisons.porting.files.functions import as_lambda, returned
from comparisons.porting.files.global_steps import counted_in_updates
from comparisons.porting.files.places import canonical_name
from comparisons.porting.files.resolver import Resolver, unfit
from comparisons.porting.files.spread import spread
from comparisons.porting.reading.calls import OVER, without_optimizer
from comparisons.porting.reading.names import (
    OPTIMIZERS,
    SECOND,
    arguments_of,
    classes_of,
    positional,
    resolve,
    takes_parameters,
)
from comparisons.porting.reading.text import shown
from comparisons.rules.symbols import Symbol


class UnreadSchedule(BadInput):
    """A learning rate that is one call, which no schedule of ours is."""

    def __init__(self, message: str, node: ast.Call) -> None:
        super().__init__(message)
        self.node = node


def filled(
    call: ast.Call, module: str, name: str, resolver: Resolver, own: Mapping[str, ast.expr] = MappingProxyType({})
) -> ast.Call:
    """The call with its full name, and with literals for all arguments that bear on an update, by their names.

    Args:
        call: the call as it stands in the file.
        module, name: what it calls.
        resolver: the file.
        own: what a group of parameters has for some of the arguments.

    Raises:
        BadInput: there is no such class; or an argument is nothing that a number can stand for.
    """
    place = _place(module, name)
    known = arguments_of(module, name)
    over, given = given_arguments(call, module, name, resolver)
    if module == TRAIN and name in CALLS:
        given = counted_in_updates(given, resolver)
    literals = [
        ast.keyword(arg=key, value=_literal(place, key, value, known, resolver))
        for key, value in (given | {**own}).items()
        if not (_is_idle(known.get(key)) and not is_plain(resolver.meaning(value)))  # nobody need know what it is
    ]
    parameters = [] if over is None else [ast.keyword(arg=OVER[0], value=ast.Name(id="parameters"))]
    return ast.Call(func=ast.parse(place, mode="eval").body, args=[], keywords=[*parameters, *literals])


def given_arguments(
    call: ast.Call, module: str, name: str, resolver: Resolver
) -> tuple[ast.expr | None, dict[str, ast.expr]]:
    """What a call is made over, None for nothing, and its arguments by their names.

    Raises:
        BadInput: they cannot be known.
    """
    place = _place(module, name)
    known = arguments_of(module, name)
    keywords = [one for written in call.keywords for one in _written_out(place, written, known, resolver)]
    values, over = list(call.args), []
    if any(isinstance(value, ast.Starred) for value in values):
        raise _starred(place)
    if takes_parameters(module, name):
        late = int(name in SECOND)
        over = values[late : late + 1] or [one.value for one in keywords if one.arg in OVER]
        keywords = [one for one in keywords if one.arg not in OVER or one.value not in over]
        values = [*values[:late], *values[late + 1 :]]
    values, keywords = without_optimizer(name, values, keywords)
    names = positional(module, name)
    if len(values) > len(names):
        raise BadInput(f"{place}: {len(values)} arguments without a name, and it takes {len(names)}; name them")
    given = dict(zip(names, values, strict=False))
    for one in keywords:
        if one.arg in given:
            raise BadInput(f"{place}: {one.arg} is given twice")
        given[str(one.arg)] = one.value
    return (over[0] if over else None), given


def _place(module: str, name: str) -> str:
    """The full name.

    Raises:
        BadInput: there is no such thing.
    """
    known = module in OPTIMIZERS and name in classes_of(module)
    return f"{module}.{name}" if known else ".".join(resolve(f"{module}.{name}"))


def _written_out(place: str, one: ast.keyword, known: Arguments, resolver: Resolver) -> list[ast.keyword]:
    """The argument; or the arguments of the dict that ** gives."""
    match [[one]] if one.arg else spread(one.value, resolver):
        case [way]:
            return way
        case [*ways] if all(_is_idle(known.get(str(other.arg))) for way in ways for other in way):
            return []
        case _:
            raise _starred(place)


def _starred(place: str) -> BadInput:
    return BadInput(f"{place}: * and ** cannot be read; write the arguments out")


def _is_idle(argument: Argument | None) -> bool:
    """Whether it is known to bear on no update."""
    return argument is not None and argument.field == OFF and not argument.must_keep_default and not argument.required


def _literal(place: str, name: str, node: ast.expr, known: Arguments, resolver: Resolver) -> ast.expr:
    """A literal for an argument; where no number can be, the expression as it is."""
    argument = known.get(name, Argument())
    if (number := constant(returned(resolver.meaning(node), resolver), resolver)) is not None and not is_plain(node):
        node = ast.Constant(value=number)
    if name == argument.field == "learning_rate" and (schedule := _schedule(place, node, resolver)) is not None:
        return _filled_schedule(schedule, resolver)
    value = resolver.meaning(node)
    if (parts := _parts(value, resolver)) is not None:
        return parts
    match value:
        case ast.Lambda():
            return as_lambda(value, resolver) or value
        case _ if is_plain(value):
            return value
        case _ if len(argument.fields) == 2:
            return _pair(f"{place}: {name}", node, resolver)
        case _ if argument.range is not None:
            return _number(f"{place}: {name}", node, resolver)
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if elts and not argument.fields:
            return ast.List(elts=[_number(f"{place}: {name}", one, resolver) for one in elts])
        case _ if argument.required:
            if (function := as_lambda(node, resolver)) is not None:
                return function
            raise BadInput(f"{place}: {name} is {shown(ast.unparse(node))}, which cannot be read; write it as a lambda")
        case _:
            return value


def _parts(value: ast.expr, resolver: Resolver) -> ast.expr | None:
    """A schedule in a schedule, or a list of them; None if it is neither."""
    match value:
        case ast.Call(func=function) if any(is_schedule(full) for full in resolver.full_names(function)):
            return _filled_schedule(value, resolver)
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            parts = [_parts(resolver.meaning(one), resolver) for one in elts]
            found = [part for part in parts if part is not None]
            return ast.List(elts=found) if found and len(found) == len(parts) else None
        case _:
            return None


def _filled_schedule(call: ast.Call, resolver: Resolver) -> ast.Call:
    module, name, _ = canonical_name(resolver.full_names(call.func)[0])
    return filled(call, module, name, resolver)


def schedule_of(call: ast.Call, module: str, name: str, resolver: Resolver) -> ast.Call | None:
    """The call of the schedule that the learning rate of an optimizer's call is; None if it is none."""
    given = given_arguments(call, module, name, resolver)[1].get("learning_rate")
    value = None if given is None else resolver.meaning(given)
    if isinstance(value, ast.Call) and any(is_schedule(full) for full in resolver.full_names(value.func)):
        return value
    return None


def _schedule(place: str, node: ast.expr, resolver: Resolver) -> ast.Call | None:
    """The schedule of Keras that a learning rate is; None if it is a number.

    Raises:
        BadInput: it is one of several, or something else that is called.
    """
    value = resolver.meaning(node)
    values = [value] if isinstance(value, ast.Call) else resolver.values(node)
    calls = [one for one in values if isinstance(one, ast.Call) and not is_number(one, resolver)]
    if not calls:
        return None
    names = [full for full in resolver.full_names(calls[0].func) if is_schedule(full)]
    one_thing = len(values) == 1 and (value is calls[0] or isinstance(node, ast.Attribute))
    if not one_thing or len(names) != 1 or unfit(calls[0]):
        error = _unread(f"{place}: learning_rate", node if unfit(calls[0]) or not one_thing else calls[0])
        raise error if unfit(calls[0]) or not one_thing else UnreadSchedule(str(error), calls[0])
    return calls[0]


def _pair(place: str, node: ast.expr, resolver: Resolver) -> ast.expr:
    """Two numbers: of what is no pair of its own the first and the second are taken, `betas[0]` and `betas[1]`."""
    match resolver.meaning(node):
        case ast.Tuple(elts=[one, other]) | ast.List(elts=[one, other]):
            own = resolver.meaning(node) is node
            parts = [part if own or is_plain(part) else _part_of(node, at) for at, part in enumerate((one, other))]
        case ast.Tuple() | ast.List():
            return node
        case _:
            parts = [_part_of(node, 0), _part_of(node, 1)]
    return ast.Tuple(elts=[_number(place, part, resolver) for part in parts])


def _part_of(node: ast.expr, number: int) -> ast.expr:
    return ast.Subscript(value=node, slice=ast.Constant(value=number))


def _number(place: str, node: ast.expr, resolver: Resolver) -> ast.expr:
    """The number that a name is bound to, or a symbol for the expression as it is written here."""
    value = resolver.meaning(node)
    if is_plain(value):
        return value
    if (computed := constant(node, resolver)) is not None:
        return ast.Constant(value=computed)
    if not is_number(node, resolver) or not is_number(value, resolver, bound=True):
        raise _unread(place, value)
    return ast.Constant(value=Symbol(ast.unparse(node)))


def _unread(place: str, node: ast.expr) -> BadInput:
    return BadInput(f"{place} is {shown(ast.unparse(node))}, which cannot be read; write its value")
