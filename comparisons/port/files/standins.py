"""Numbers that stand in for what a file does not say: `lr=args.lr` is carried over as it stands."""

import ast
import re
from collections.abc import Callable
from typing import Any

from comparisons.names import BadInput
from comparisons.rules.ranges import Range

# Numbers that nobody writes; the n-th stand-in differs from them in its last digits. All is translated with the first
# row and with the second: what differs then was computed from a stand-in, and is nobody's number.
CANDIDATES = ((0.010234567, 1.010234567, -0.010234567, 7919), (0.020345678, 1.020345678, -0.020345678, 8209))
NUMBER = re.compile(r"-?\d+(\.\d+)?")


class StandIns:
    """The numbers that stand for expressions, and the way back."""

    def __init__(self, candidates: tuple[float, ...]) -> None:
        self.candidates = candidates
        self.texts: dict[str, str] = {}  # the number as code, to the expression

    def number_for(self, text: str, allowed: Range | None) -> float:
        """A number in the range that no other expression has."""
        count = len(self.texts) + 1
        numbers = [one + count if isinstance(one, int) else round(one + count * 1e-7, 9) for one in self.candidates]
        number = next((one for one in numbers if allowed is None or allowed.contains(one)), None)
        if number is None:
            raise BadInput(f"{text} stands for a number that nothing can stand in for; write its value")
        self.texts[repr(number)] = text
        return number

    def restored(self, data: Any) -> Any:
        """Text, or lists and dicts of it, with the expressions in the numbers' places."""
        match data:
            case str(text):
                return NUMBER.sub(self._put, text)
            case list(parts):
                return [self.restored(part) for part in parts]
            case dict(entries):
                return {key: self.restored(value) for key, value in entries.items()}
            case float() | int() if repr(data) in self.texts:
                return self.texts[repr(data)]
            case _:
                return data

    def named_in(self, code: str) -> list[str]:
        """The expressions whose number is in the code as it is."""
        numbers = {found[0] for found in NUMBER.finditer(code)}
        return [text for number, text in self.texts.items() if number in numbers]

    def _put(self, found: re.Match[str]) -> str:
        """The expression for a number: in parentheses, unless it is an argument by itself, or of one piece."""
        text = self.texts.get(found[0])
        if text is None:
            return found[0]
        before, after = found.string[max(0, found.start() - 2) : found.start()], found.string[found.end() :][:1]
        by_itself = before.endswith(("=", "(", ", ")) and after in ("", ",", ")")
        return text if by_itself or is_one_piece(text) else f"({text})"


def is_one_piece(text: str) -> bool:
    """Whether no operator next to the expression can tear it apart."""
    piece = ast.parse(text, mode="eval").body
    return isinstance(piece, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)


def carried_over(translate: Callable[[StandIns], dict[str, Any]]) -> dict[str, Any]:
    """The translation with the expressions in the numbers' places.

    A sentence of `also` into which a stand-in went is left out.

    Raises:
        BadInput: by the translation; or a number in it was computed from one that the file does not say.
    """
    outcomes: list[dict[str, Any]] = []
    for candidates in CANDIDATES:
        stand_ins = StandIns(candidates)
        try:
            data = translate(stand_ins)
        except BadInput as error:
            if stand_ins.restored(str(error)) != str(error):  # it is about the stand-in
                raise _depends([*stand_ins.texts.values()]) from None
            raise
        code = data["native"]["code"] or data["exact"]["code"]
        if lost := [text for text in stand_ins.texts.values() if text not in stand_ins.named_in(code)]:
            raise _depends(lost)
        outcomes.append(stand_ins.restored(data))
        if not stand_ins.texts:
            return outcomes[0]
    first, second = outcomes
    steady = [sentence for sentence in first.pop("also", []) if sentence in second.get("also", [])]
    second.pop("also", None)
    if first != second:
        raise _depends([*stand_ins.texts.values()])
    return {**first, "also": steady}


def _depends(texts: list[str]) -> BadInput:
    words = " or ".join(dict.fromkeys(texts))
    return BadInput(f"{words} does not go over unchanged; write its value, and port the call by itself")
