"""Text as a syntax tree: parsed, within limits, never run."""

import ast
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from reprlib import Repr
from typing import Any

from comparisons.names import BadInput

LONGEST, LONGEST_WORD = 2000, 100  # characters
DEEPEST = 50  # levels of the syntax tree; a config with a schedule in it has ten
WORDS = {"null": None, "true": True, "false": False}  # of JSON


def parsed(text: str) -> list[ast.stmt]:
    """The statements of the text."""
    if len(text) > LONGEST:
        raise BadInput(f"the text has {len(text)} characters; a call has at most {LONGEST}")
    if foreign := [character for character in text if not character.isascii()]:
        name = unicodedata.name(foreign[0], "unnamed")
        raise BadInput(f"the text has {foreign[0]!r} in it ({name}); write it in ASCII")
    try:
        body = tree_of(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if "Parameter containing" in text:
            words = "a printed parameter group is not Python; print optimizer.state_dict()['param_groups'] instead"
            raise BadInput(words) from None
        reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
        raise BadInput(f"{shown(text)} is not a call: {reason}; write for example torch.optim.Adam(lr=1e-3)") from None
    if not body:
        raise BadInput("there is no text; write for example torch.optim.Adam(lr=1e-3)")
    if any(too_deep(line) for line in body):
        raise BadInput(
            f"{shown(text)} is not a call: it is nested too deeply; write for example torch.optim.Adam(lr=1e-3)"
        )
    if long := [word for line in body for word in _words(line) if len(word) > LONGEST_WORD]:
        raise BadInput(f"{shown(long[0])} is a word of {len(long[0])} characters; a name has at most {LONGEST_WORD}")
    return body


def tree_of(text: str) -> ast.Module:
    """The syntax tree. What Python only warns about is left unsaid: it is no optimizer's business."""
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text)


def speaks_of(body: Sequence[ast.AST], package: str) -> bool:
    """Whether the package is imported, or named before a dot."""
    for node in (node for line in body for node in ast.walk(line)):
        match node:
            case ast.Import(names=names) if any(alias.name.split(".")[0] == package for alias in names):
                return True
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == package:
                return True
            case ast.Attribute(value=ast.Name(id=name)) if name == package:
                return True
            case _:
                pass
    return False


def too_deep(node: ast.AST) -> bool:
    """Whether it is nested so deeply that what works through it level by level could run out of stack."""
    level = [node]
    for _ in range(DEEPEST):
        level = [child for one in level for child in ast.iter_child_nodes(one)]
    return bool(level)


def _words(node: ast.AST) -> Iterator[str]:
    """The names and the strings in it."""
    for one in ast.walk(node):
        match one:
            case (
                ast.Name(id=word)
                | ast.Attribute(attr=word)
                | ast.keyword(arg=str(word))
                | ast.Constant(value=str(word))
            ):
                yield word
            case _:
                pass


class NoLiteral(BadInput):
    """A value that is no literal: in a text of its own nothing says what it is."""

    def __init__(self, place: str, node: ast.expr) -> None:
        words = f"{place} is {shown(ast.unparse(node))}; write its value: a number, True, False, None or a word"
        super().__init__(words)
        self.node = node


def literal(place: str, node: ast.expr) -> Any:
    """A number, a word, True, False, None, or a pair or list of them."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=word) if word in WORDS:
            return WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as value)):
            return value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(literal(place, part) for part in parts)
        case _:
            raise NoLiteral(place, node)


_repr = Repr()
_repr.maxstring = _repr.maxother = 60


def shown(text: str) -> str:
    """The text in one line, not longer than a line."""
    return _repr.repr(" ".join(text.split()))
