"""Numbers that are not known: of `lr=args.lr` only the source text."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from comparisons.names import BadInput

_MULTIPLE = re.compile(r"([\d.e+-]+) \* (.*)")  # a number of times a symbol
_SHARE = re.compile(r"(.*) ([*/]) ([\d.e+-]*[1-9][\d.e+-]*)")  # a symbol times, or over, a number


class Refused(BadInput):
    """A number would have to be computed from others that are not known."""

    def __init__(self, *texts: str) -> None:
        words = " or ".join(dict.fromkeys(texts))
        super().__init__(f"{words} does not go over unchanged; write its value, and port the call by itself")


class Symbol(float):
    """A number of which only the source text is known: a NaN with that text, equal to a symbol with the same text.

    It is in every range, not zero, and neither above nor below any number. What rules and dialects compute from it is
    a symbol again, or, where any number gives the same, a number: x * 0 = 0 / x = 0.

    Args:
        text: an expression.
        origins: the texts of the symbols that it was computed from; () for one that stands in the source.
    """

    text: str
    origins: tuple[str, ...]

    def __new__(cls, text: str, origins: tuple[str, ...] = ()) -> "Symbol":
        """The symbol with this text."""
        symbol = super().__new__(cls, "nan")
        symbol.text, symbol.origins = text, origins
        return symbol

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        """The text, in parentheses where an operator next to it could tear it apart."""
        piece = ast.parse(self.text, mode="eval").body
        whole = isinstance(piece, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
        return self.text if whole else f"({self.text})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and self.text == other.text

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.text)

    def __neg__(self) -> float:
        return self._computed(f"-{self}")

    def __add__(self, other: float) -> float:
        return self._computed(f"{self} + {other}", other) if other else self

    def __radd__(self, other: float) -> float:
        return self._computed(f"{other} + {self}") if other else self

    def __sub__(self, other: float) -> float:
        if len(self.origins) == 1 and self.text == f"{Symbol(*self.origins)} + {other}":
            return Symbol(*self.origins)
        return self._computed(f"{self} - {other}", other) if other else self

    def __rsub__(self, other: float) -> float:
        return self._computed(f"{other} - {self}")

    def __mul__(self, other: float) -> float:
        if other == 1:
            return self
        return self._computed(f"{self} * {other}", other) if other else 0.0

    def __rmul__(self, other: float) -> float:
        if other == 1:
            return self
        return self._computed(f"{other} * {self}") if other else 0.0

    def __truediv__(self, other: float) -> float:
        if other == 1 or self == other:
            return self if other == 1 else 1.0
        if isinstance(other, Symbol) and (found := _MULTIPLE.fullmatch(self.text)) and found[2] == str(other):
            return float(found[1])
        if isinstance(other, Symbol) and (found := _SHARE.fullmatch(self.text)) and found[1] == str(other):
            return float(found[3]) if found[2] == "*" else 1 / float(found[3])
        return self._computed(f"{self} / {other}", other)

    def __rtruediv__(self, other: float) -> float:
        return self._computed(f"{other} / {self}") if other else 0.0

    def __pow__(self, other: float) -> float:  # type: ignore[override]  # float's takes a modulus
        return self if other == 1 else self._computed(f"{self} ** {other}", other)

    def __rpow__(self, other: float) -> float:  # type: ignore[override]  # float's takes a modulus
        return self._computed(f"{other} ** {self}")

    def _computed(self, text: str, *others: float) -> "Symbol":
        symbols = [number for number in (self, *others) if isinstance(number, Symbol)]
        return Symbol(text, tuple(origin for symbol in symbols for origin in symbol.origins or (symbol.text,)))


def is_share(one: Symbol, other: Symbol) -> bool:
    """Whether the one is a number of times the other, so that their quotient is a number."""
    return one != other and not isinstance(one / other, Symbol)


def known(number: float) -> float:
    """The number, for a function of C, which would take a symbol for NaN.

    Raises:
        Refused: it is a symbol.
    """
    if isinstance(number, Symbol):
        raise Refused(number.text)
    return number


def symbols_in(value: object) -> Iterator[Symbol]:
    """The symbols in a record, at any depth."""
    match value:
        case Symbol():
            yield value
        case tuple():
            for part in value:
                yield from symbols_in(part)
        case Mapping():
            yield from symbols_in(tuple(value.values()))
        case _ if is_dataclass(value):
            yield from symbols_in(tuple(getattr(value, field.name) for field in fields(value)))
        case _:
            pass
