"""A rate that falls when a metric no longer gets better, as a file makes it: torch's scheduler, Keras's callback."""

import ast
from dataclasses import replace
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.plateau import NAME, SPELLINGS
from comparisons.frameworks.signature import Arguments
from comparisons.names import BadInput
from comparisons.porting.files.callbacks import callbacks_in
from comparisons.porting.files.constants import constant
from comparisons.porting.files.expressions import is_number, is_plain
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.source import Gap
from comparisons.porting.reading.text import literal, shown
from comparisons.rules.symbols import Symbol

WORDS = f"{NAME} lowers the learning rate by a metric, after an epoch; it is not in the translation"
SAID = ("verbose",)  # of how much is printed


def plateau_gap(node: ast.Call, framework: str, resolver: Resolver) -> Gap:
    """The gap that the call is, with what it does where that can be read."""
    spelling = SPELLINGS[framework]
    gap = gap_at(node, WORDS)
    try:
        given = _given(node.args[len(spelling.first) :], node.keywords, spelling.arguments, resolver)
        call = NativeCall(framework=framework, name=NAME, module=spelling.module, arguments=given)
        return replace(gap, plateau=spelling.read(call))
    except BadInput as error:
        return replace(gap, message=f"{WORDS}; {error}")


def plateaus_of_keras(resolver: Resolver, framework: str) -> list[Gap]:
    """The callbacks of a file that lower the rate so."""
    return [plateau_gap(node, framework, resolver) for node in callbacks_in(resolver, NAME)]


def _given(values: list[ast.expr], keywords: list[ast.keyword], known: Arguments, resolver: Resolver) -> dict[str, Any]:
    """The arguments by their names.

    Raises:
        BadInput: there is no such argument, or its value is nothing that can be written out.
    """
    given = dict(zip(known, values, strict=False)) | {str(one.arg): one.value for one in keywords}
    given = {name: value for name, value in given.items() if name not in (*SAID, "optimizer")}
    if others := [name for name in given if name not in known]:
        raise BadInput(f"{NAME}: no argument '{others[0]}'")
    return {name: _value(name, node, resolver) for name, node in given.items()}


def _value(name: str, node: ast.expr, resolver: Resolver) -> Any:
    value = resolver.meaning(node)
    if is_plain(value):
        return literal(f"{NAME}: {name}", value)
    if (number := constant(node, resolver)) is not None:
        return number
    if not is_number(node, resolver):
        raise BadInput(f"{NAME}: {name} is {shown(ast.unparse(node))}, which cannot be read")
    return Symbol(ast.unparse(node))
