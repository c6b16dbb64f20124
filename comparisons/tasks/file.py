"""A task described in a TOML file. All mistakes in it are reported at once, each with its place and the remedy."""

import re
import reprlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from comparisons.inputs import files
from comparisons.names import BadInput, short, unknown
from comparisons.tasks.data_table import KINDS, Table, kinds_of
from comparisons.tasks.sources import CsvFile, NpzFile
from comparisons.tasks.spec import MOST_RECIPES, TaskSpec, check_labels
from comparisons.tasks.tables import LoopTable, ModelTable, RecipeTable, TaskTable, TensorsTable

Place = Sequence[str | int]

LARGEST, DEEPEST = files.MIB, 20  # bytes of a task file; tables and lists in one another, where a task has five
MOST_MISTAKES = 20  # that are told
DEEP = f"has tables or lists more than {DEEPEST} deep in one another; a task has five"

NEEDED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "model_type": "a table",
}
HEADED = {
    "model": "a table headed [model]",
    "recipes": "tables, each headed [[recipes]]",
    "recipes.loop": "a table headed [recipes.loop]",
    "recipes.loop.tensors": "tables, each headed [[recipes.loop.tensors]]",
}


def read(path: str) -> TaskSpec:
    """The task that the TOML file describes; paths in it start from the file's folder.

    Raises:
        BadInput: the file cannot be read, or one line for each mistake in it.
    """
    raw = {"name": Path(path).stem} | _parse(path)
    mistakes = list(_label_mistakes(raw.get("recipes")))
    if isinstance(recipes := raw.get("recipes"), list) and len(recipes) > MOST_RECIPES:
        raise BadInput(f"{path}: {mistakes[0]}")  # looking at each would take minutes
    try:
        table = TaskTable.model_validate(raw)
    except ValidationError as error:
        mistakes = [_told(details, raw) for details in error.errors()] + mistakes
    if len(mistakes) > MOST_MISTAKES:
        mistakes[MOST_MISTAKES:] = [f"has {len(mistakes) - MOST_MISTAKES} mistakes more; mend these first"]
    if mistakes:
        raise BadInput("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    task = table.record()
    if isinstance(task.data, CsvFile | NpzFile):
        return replace(task, data=replace(task.data, path=str(Path(path).parent / task.data.path)))
    return task


def _parse(path: str) -> dict[str, Any]:
    file = Path(path)
    try:
        # The line break gives a mistake on the last line its line and column, instead of "at end of document".
        raw = tomllib.loads(files.text(file, LARGEST) + "\n")
    except FileNotFoundError:
        near = get_close_matches(file.name, [other.name for other in file.parent.glob("*.toml")], n=1, cutoff=0)
        hint = f"did you mean '{file.with_name(near[0])}'?" if near else "give the path of a task file"
        raise BadInput(f"{path}: there is no such file; {hint}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a task file") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text in UTF-8; save it in UTF-8") from None
    except RecursionError:
        raise BadInput(f"{path}: {DEEP}") from None
    except ValueError as error:  # numbers too long for Python are plain ValueErrors, not TOMLDecodeErrors
        raise BadInput(
            f"{path}: is not TOML: {error}; text needs quotes, a list needs [ ], a key is given once"
        ) from None
    if _deeper(raw, DEEPEST):
        raise BadInput(f"{path}: {DEEP}")
    return raw


def _deeper(value: object, levels: int) -> bool:
    """Whether tables and lists in the value stand more than so many levels deep in one another."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(part, levels - 1) for part in parts)


def _label_mistakes(recipes: object) -> Iterator[str]:
    """What the labels have wrong together, looked at before anything else is known to be right."""
    if not isinstance(recipes, list):
        return
    labels: list[Any] = [
        (recipe.get("label") or recipe.get("optimizer")) if isinstance(recipe, dict) else None for recipe in recipes
    ]
    if len(labels) > MOST_RECIPES or all(isinstance(label, str) for label in labels):
        try:
            check_labels("task", labels)
        except BadInput as error:
            yield "recipes: " + _words(error, "recipes")


def _told(error: ErrorDetails, raw: dict[str, Any]) -> str:
    """One line: the place, what is wrong there, the remedy."""
    *above, key = error["loc"]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    place = short(place.removeprefix("."))
    table = _table(above, raw)
    match error["type"]:
        case "missing":
            [example] = table.model_fields[str(key)].examples or []
            return f"{place}: is missing; add {example}"
        case "extra_forbidden" if above and key in TaskTable.model_fields:
            return f"{place}: '{key}' is not part of this table; move it above the first heading in [ ]"
        case "extra_forbidden":
            return f"{place}: {unknown('key', key, table.model_fields)}"
        case "literal_error":
            known = _words_of(table.model_fields[str(key)].annotation)
            return f"{place}: {unknown('value', error['input'], known)}"
        case "value_error":
            return f"{place}: {_words(error['ctx']['error'], key)}"
        case kind:
            needed = HEADED.get(re.sub(r"\[\d+\]\.", ".", place)) or NEEDED[kind]
            return f"{place}: is {reprlib.repr(error['input'])}; it must be {needed}"


def _words(error: BadInput, key: str | int) -> str:
    """A record's message less what the place says already: its owner and the key."""
    return str(error).partition(": ")[2].removeprefix(f"{key} ")


def _words_of(annotation: Any) -> list[str]:
    """The words that a field may be, beside None."""
    return [word for one in get_args(annotation) for word in (get_args(one) or [one]) if isinstance(word, str)]


def _table(above: Place, raw: dict[str, Any]) -> type[Table]:
    """The table that the keys `above` lead to."""
    match above:
        case ["data", *_]:
            return KINDS[kinds_of(raw["data"])[0]]
        case ["model", *_]:
            return ModelTable
        case ["recipes", int(), "loop", "tensors", *_]:
            return TensorsTable
        case ["recipes", int(), "loop", *_]:
            return LoopTable
        case ["recipes", *_]:
            return RecipeTable
        case _:
            return TaskTable
