"""What is printed of a text with several optimizers, as of a GAN: one answer each, in the order of the text."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from comparisons.names import SCHEMA, BadInput
from comparisons.porting.answer import Answer
from comparisons.porting.printed import Printed, Shortfall
from comparisons.porting.show import item

if TYPE_CHECKING:
    from comparisons.porting.wholes.answer import Whole


def together(
    found: "Sequence[tuple[int, Answer | Whole | BadInput]]",
    printed: "Callable[[Answer | Whole], Printed]",
    *,
    as_json: bool,
) -> Printed:
    """The answers as one; in the place of one that could not be read, why.

    Args:
        found: the line of each optimizer, and the answer for it.
        printed: an answer to what is printed of it.
        as_json: whether that is JSON.
    """
    parts: list[str | dict[str, object]] = []
    troubles: list[str] = []
    shortfalls: list[Shortfall] = []
    for line, one in found:
        if isinstance(one, BadInput):
            parts.append({"line": line, "problem": str(one)} if as_json else f"line {line}\n{item(str(one))}")
            shortfalls.append("not-carried")
            continue
        said = printed(one)
        parts.append({"line": line, **json.loads(said.text)} if as_json else f"line {line}\n{said.text}")
        troubles += said.troubles
        shortfalls += said.shortfalls
    data = {"schema": SCHEMA, "answers": parts}
    text = json.dumps(data, indent=1, ensure_ascii=False) if as_json else "\n\n".join(map(str, parts))
    return Printed(text=text, troubles=tuple(dict.fromkeys(troubles)), shortfalls=tuple(dict.fromkeys(shortfalls)))
