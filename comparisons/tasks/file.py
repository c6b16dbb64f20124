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

from comparisons.names import BadInput, unknown
from comparisons.rules.recipe import Recipe
from comparisons.tasks.bowl import bowl
from comparisons.tasks.data_table import KINDS, Table, kinds_of
from comparisons.tasks.sources import CsvFile, NpzFile
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.tables import LoopTable, ModelTable, RecipeTable, TaskTable, TensorsTable

Place = Sequence[str | int]

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
    try:
        table = TaskTable.model_validate(raw)
    except ValidationError as error:
        mistakes = [_told(details, raw) for details in error.errors()] + mistakes
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
        return tomllib.loads(file.read_text(encoding="utf-8-sig") + "\n")
    except FileNotFoundError:
        near = get_close_matches(file.name, [other.name for other in file.parent.glob("*.toml")], n=1, cutoff=0)
        hint = f"did you mean '{file.with_name(near[0])}'?" if near else "give the path of a task file"
        raise BadInput(f"{path}: there is no such file; {hint}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a task file") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text in UTF-8; save it in UTF-8") from None
    except ValueError as error:  # numbers too long for Python are plain ValueErrors, not TOMLDecodeErrors
        raise BadInput(
            f"{path}: is not TOML: {error}; text needs quotes, a list needs [ ], a key is given once"
        ) from None


def _label_mistakes(recipes: object) -> Iterator[str]:
    """What the labels have wrong together, looked at before anything else is known to be right."""
    if not isinstance(recipes, list):
        return
    labels: list[Any] = [
        (recipe.get("label") or recipe.get("optimizer")) if isinstance(recipe, dict) else None for recipe in recipes
    ]
    if all(isinstance(label, str) for label in labels):
        try:
            replace(bowl, recipes=tuple(Recipe(optimizer="sgd", label=label) for label in labels))
        except BadInput as error:
            yield "recipes: " + _words(error, "recipes")


def _told(error: ErrorDetails, raw: dict[str, Any]) -> str:
    """One line: the place, what is wrong there, the remedy."""
    *above, key = error["loc"]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).removeprefix(".")
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
