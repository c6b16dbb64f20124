"""From text to the answer: of a call, or of a whole training."""

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from comparisons.frameworks import groups_of, of
from comparisons.frameworks.express import Expression, Mismatch
from comparisons.names import BadInput
from comparisons.porting.answer import Answer, answer
from comparisons.porting.reading.names import NoRule
from comparisons.porting.reading.pasted import read_source, read_sources
from comparisons.porting.reading.source import Source
from comparisons.porting.reading.text import parsed
from comparisons.rules.training import plain

if TYPE_CHECKING:
    from comparisons.porting.wholes.answer import Whole


def port(text: str, to: str, schedule: str = "") -> "Answer | Whole":
    """Translate the optimizer, or the whole training, that the text says; nothing is run, no framework is imported.

    Args:
        text: as `reading.read_source` takes it.
        to: the framework to carry it to.
        schedule: a call of a scheduler of the source's framework.

    Raises:
        BadInput: the text is not a call that can be read.
    """
    try:
        return _answered_whole(text, read_source(text, schedule), to)
    except NoRule as error:
        return _nothing(error, to)


def port_each(text: str, to: str, schedule: str = "") -> "list[tuple[int, Answer | Whole | BadInput]]":
    """The same of all optimizers that the text says, with the lines that they stand in.

    Raises:
        BadInput: there is one, and it cannot be read; of several the others are translated.
    """
    try:
        found = read_sources(text, schedule)
    except NoRule as error:
        return [(1, _nothing(error, to))]
    if len(found) == 1:
        return [(line, _answered_whole(text, one, to)) for line, one in found if isinstance(one, Source)]
    return [(line, _one_of_several(one, to)) for line, one in found]


def _answered_whole(text: str, source: Source, to: str) -> "Answer | Whole":
    """The answer for all that a text says: to several statements with several."""
    found = answered(source, to)
    return replace(found, several=True) if isinstance(found, Answer) and statements_in(text) > 1 else found


def _one_of_several(source: Source | BadInput, to: str) -> "Answer | Whole | BadInput":
    try:
        if isinstance(source, BadInput):
            raise source
        return answered(source, to)
    except NoRule as error:
        return _nothing(error, to)
    except BadInput as error:
        return error


def _nothing(error: NoRule, to: str) -> Answer:
    """The answer for a class that no rule describes."""
    mismatch = Mismatch(field="class", source=error.name, target=None, message=error.reason)
    nothing = Expression(call=None, fidelity="impossible", mismatches=(mismatch,))
    return Answer(
        source=None,
        code=error.name,
        framework=error.framework,
        to=to,
        native=nothing,
        exact=None,
        unsupported_arguments={},
        notes=tuple(said for name, said in of(to).names.instead.items() if error.name.endswith(f".{name}")),
    )


def statements_in(text: str) -> int:
    """How many statements of a text are no imports."""
    return sum(not isinstance(line, ast.Import | ast.ImportFrom) for line in parsed(text))


def answered(source: Source, to: str) -> "Answer | Whole":
    """The answer for a call, or for a training that is more than that."""
    alone = plain(source.training)
    if alone is not None and (to == alone.framework or len(groups_of(alone)) == 1):
        return answer(source, to)
    from comparisons.porting.wholes.answer import whole_answer  # most texts are a call

    return whole_answer(source, to)
