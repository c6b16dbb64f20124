"""What is printed of a text with several optimizers, as of a GAN: one answer each, in the order of the text."""

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
) -> Printed:
    """The answers as one; in the place of one that could not be read, why.

    Args:
        found: the line of each optimizer, and the answer for it.
        printed: an answer to what is printed of it.
    """
    texts: list[str] = []
    parts: list[dict[str, object]] = []
    troubles: list[str] = []
    shortfalls: list[Shortfall] = []
    for line, one in found:
        if isinstance(one, BadInput):
            texts.append(f"line {line}\n{item(str(one))}")
            parts.append({"line": line, "problem": str(one)})
            shortfalls.append("not-carried")
            continue
        said = printed(one)
        texts.append(f"line {line}\n{said.text}")
        parts.append({"line": line, **said.data})
        troubles += said.troubles
        shortfalls += said.shortfalls
    return Printed(
        text="\n\n".join(texts),
        data={"schema": SCHEMA, "answers": parts},
        troubles=tuple(dict.fromkeys(troubles)),
        shortfalls=tuple(dict.fromkeys(shortfalls)),
    )
