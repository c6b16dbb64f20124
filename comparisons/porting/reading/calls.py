"""A call as people write it, read without being run: literal arguments only."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from comparisons import frameworks
from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.framework import ClipArguments, ClipCalls, Framework, Schedules
from comparisons.frameworks.numpy import NUMPY
from comparisons.names import BadInput
from comparisons.porting.reading.books import of_book
from comparisons.porting.reading.by_type import function_called
from comparisons.porting.reading.names import PARTS, SECOND, WITHOUT, kind_of, positional, resolve, takes_parameters
from comparisons.porting.reading.source import Source, source_of
from comparisons.porting.reading.text import literal, shown

OVER = ("params", "parameters", "tensors", "optimizer")  # the first argument by its name


def with_part(call: NativeCall, part: NativeCall) -> NativeCall:
    """The optimizer with a schedule or a clipping: as an argument of the call, or as a call that goes with it.

    Raises:
        BadInput: the two do not go together.
    """
    kind, place = PARTS[part.module][0], f"{part.module}.{part.name}"
    if part.framework != call.framework:
        raise BadInput(f"{place} is no {kind} for an optimizer of {call.module}; take one of that framework")
    match kind, frameworks.of(call.framework):
        case "schedule", Framework(schedules=Schedules(place="argument")) if not isinstance(
            call.arguments.get("learning_rate"), NativeCall
        ):
            return replace(call, arguments={**call.arguments, "learning_rate": part})
        case "clipping", Framework(clips=ClipArguments(names=names) as clips) if all(
            call.arguments.get(name) is None for name in names
        ):
            return replace(call, arguments={**call.arguments, **clips.argument_of(part)})
        case "schedule", Framework(schedules=Schedules(place="separate")) if call.schedule is None:
            return replace(call, schedule=part)
        case "clipping", Framework(clips=ClipCalls()) if call.clipping is None:
            return replace(call, clipping=part)
        case _:
            raise BadInput(f"{place}: there is another {kind} already; an optimizer takes one")


def parse_call(node: ast.Call) -> Source:
    """The optimizer, schedule or clipping that is called, its arguments by their names."""
    names = [keyword.arg for keyword in node.keywords]
    written = dotted(node.func)
    if not written:
        raise BadInput(f"{shown(ast.unparse(node.func))} is not the name of a class; write it out: torch.optim.Adam")
    if not any(isinstance(value, ast.Name | ast.Attribute | ast.Call) for value in node.args):
        node = _of_book(node, written)
    module, name = resolve(dotted(node.func), by_name(node))
    if name in SECOND and (called := function_called(node)) is not node:
        return parse_call(called)
    place, values = f"{module}.{name}", list(node.args)
    if None in names or any(isinstance(value, ast.Starred) for value in values):
        raise BadInput(f"{place}: * and ** cannot be read; write the arguments out")
    parameters = None
    if takes_parameters(module, name) and values[name in SECOND :]:
        parameters = values.pop(name in SECOND)
        if isinstance(parameters, ast.List) and any(isinstance(part, ast.Dict) for part in parameters.elts):
            raise BadInput(f"{place}: the parameters are groups; give its lines as they stand")
        if isinstance(parameters, ast.Constant):
            raise BadInput(f"{place}: the first argument is the parameters, not {shown(ast.unparse(parameters))}")
    values, keywords = without_optimizer(name, values, node.keywords)
    known = positional(module, name)
    if len(values) > len(known):
        raise BadInput(f"{place}: {len(values)} arguments without a name, and it takes {len(known)}; name them")
    given = dict(zip(known, values, strict=False))
    for keyword in keywords:
        if keyword.arg in given or (keyword.arg in OVER and parameters is not None):
            raise BadInput(f"{place}: {keyword.arg} is given twice")
        if keyword.arg and not (takes_parameters(module, name) and keyword.arg in OVER):
            given[keyword.arg] = keyword.value
    arguments = {key: _value(place, key, value) for key, value in given.items()}
    return source_of(module, name, arguments)


def without_optimizer(
    name: str, values: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> tuple[list[ast.expr], list[ast.keyword]]:
    """What is given to a scheduler of schedulers, but for the optimizer at its end, which is that of its parts."""
    if name not in WITHOUT:
        return [*values], [*keywords]
    return [*values[:1]], [one for one in keywords if one.arg != "optimizer"]


def _of_book(node: ast.Call, written: str) -> ast.Call:
    """The call of our class, where a book's is meant."""
    found = of_book(written, by_name(node))
    if found is None or None in [one.arg for one in node.keywords]:
        return node
    name, words = found
    keywords = [ast.keyword(arg=words[str(one.arg)], value=one.value) for one in node.keywords]
    return ast.Call(func=ast.parse(f"{NUMPY.module}.{name}", mode="eval").body, args=node.args, keywords=keywords)


def by_name(node: ast.Call) -> dict[str, object]:
    """The arguments that are given by their names: literals as they are, and others as code."""
    return {
        one.arg: one.value.value if isinstance(one.value, ast.Constant) else one.value
        for one in node.keywords
        if one.arg
    }


def dotted(node: ast.expr) -> str:
    """The name that is written, "torch.optim.Adam"; empty if it is not a name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _value(place: str, name: str, node: ast.expr) -> Value:
    """A literal, a schedule or a list of them, or a lambda, which is only ever compared with the ones known."""
    match node:
        case ast.Call() if name == "learning_rate" or _is_schedule(node):
            return parse_call(node).call
        case ast.List(elts=parts) | ast.Tuple(elts=parts) if parts and all(map(_is_schedule, parts)):
            return cast(Value, tuple(_value(place, name, part) for part in parts))
        case ast.Lambda():
            from comparisons.frameworks.torch.symbolic import free_numbers  # few arguments are lambdas

            return Code(ast.unparse(node), symbols=free_numbers(node))
        case _:
            return cast(Value, literal(f"{place}: {name}", node))


def _is_schedule(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    try:
        return kind_of(*resolve(dotted(node.func)))[0] == "schedule"
    except BadInput:
        return False
