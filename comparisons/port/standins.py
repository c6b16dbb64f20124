"""Numbers that stand in for what a file does not say: `lr=args.lr` is carried over as it stands."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from comparisons import dialects
from comparisons.dialects.grammar import Argument
from comparisons.names import BadInput
from comparisons.port.names import OPTIMIZERS, PARTS, positional, resolve, takes_parameters
from comparisons.port.scope import Scope
from comparisons.ranges import RANGES, Range

# No number that anybody writes; the n-th stand-in differs from them in its last digits.
CANDIDATES = (0.010234567, 1.010234567, -0.010234567, 7919)


class StandIns:
    """The numbers that stand for expressions, and the way back."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}  # the number as code, to the expression

    def number_for(self, text: str, allowed: Range | None) -> float:
        """A number in the range that no other expression has."""
        count = len(self.texts) + 1
        numbers = [one + count if isinstance(one, int) else round(one + count * 1e-7, 9) for one in CANDIDATES]
        number = next((one for one in numbers if allowed is None or allowed.holds(one)), None)
        if number is None:
            raise BadInput(f"{text} stands for a number that nothing can stand in for; write its value")
        self.texts[repr(number)] = text
        return number

    def restored(self, data: Any) -> Any:
        """Text, or lists and dicts of it, with the expressions in the numbers' places."""
        match data:
            case str(text):
                return re.sub(r"-?\d+(\.\d+)?", lambda found: self.texts.get(found[0], found[0]), text)
            case list(parts):
                return [self.restored(part) for part in parts]
            case dict(entries):
                return {key: self.restored(value) for key, value in entries.items()}
            case float() | int() if repr(data) in self.texts:
                return self.texts[repr(data)]
            case _:
                return data

    def lost(self, code: str) -> list[str]:
        """The expressions whose number is not in the code: it became another on the way."""
        return [text for number, text in self.texts.items() if number not in code]


def filled(node: ast.Call, module: str, name: str, scope: Scope, stand_ins: StandIns) -> ast.Call:
    """The call with its full name and with literals for all arguments: the file's own, or stand-ins.

    Raises:
        BadInput: there is no such class; or nothing can stand in for an argument.
    """
    resolve(f"{module}.{name}")
    known = arguments_of(module, name)
    first, values = ([node.args[0]], node.args[1:]) if takes_parameters(module) and node.args else ([], node.args)
    names = dict(zip(positional(module, name), values, strict=False))
    args = [_literal(key, value, known, scope, stand_ins) for key, value in names.items()] + values[len(names) :]
    keywords = [
        ast.keyword(arg=one.arg, value=_literal(one.arg, one.value, known, scope, stand_ins) if one.arg else one.value)
        for one in node.keywords
    ]
    function = ast.parse(f"{module}.{name}", mode="eval").body
    parameters = [one if not isinstance(one, ast.Constant) else ast.Name(id="parameters") for one in first]
    return ast.Call(func=function, args=[*parameters, *args], keywords=keywords)


def arguments_of(module: str, name: str) -> Mapping[str, Argument]:
    """The arguments of an optimizer, schedule or clipping."""
    return dialects.of(OPTIMIZERS[module]).classes[name].arguments if module in OPTIMIZERS else PARTS[module][1][name]


def _literal(name: str, node: ast.expr, known: Mapping[str, Argument], scope: Scope, stand_ins: StandIns) -> ast.expr:
    node = scope.meaning(node)
    argument = known.get(name, Argument())
    match node:
        case ast.Constant() | ast.Lambda():
            return node
        case ast.UnaryOp(operand=ast.Constant()):
            return node
        case ast.Tuple(elts=[one, other]) if len(argument.fields) == 2:
            pair = zip((one, other), argument.fields, strict=True)
            return ast.Tuple(elts=[_number(part, RANGES[field], scope, stand_ins) for part, field in pair])
        case ast.Call() if name == "learning_rate" and scope.full_name(node.func):
            module, _, kind = scope.full_name(node.func).rpartition(".")
            return schedule_filled(node, scope, stand_ins) if kind[:1].isupper() and "schedules" in module else node
        case _ if argument.range is not None or name in ("lr", "learning_rate"):
            return _number(node, argument.range, scope, stand_ins)
        case _:
            return node  # who reads the call says what is wrong with it


def schedule_filled(node: ast.Call, scope: Scope, stand_ins: StandIns) -> ast.Call:
    """A schedule of Keras within a call."""
    return filled(node, *resolve(scope.full_name(node.func)), scope, stand_ins)


def _number(node: ast.expr, allowed: Range | None, scope: Scope, stand_ins: StandIns) -> ast.expr:
    node = scope.meaning(node)
    if isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)):
        return node
    return ast.parse(repr(stand_ins.number_for(ast.unparse(node), allowed)), mode="eval").body
