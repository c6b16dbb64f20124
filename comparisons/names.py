"""The closed sets of names that people type, and what to say when one is mistyped."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal, get_args

Level = Literal["as-written", "same-numbers", "same-rule"]
Dtype = Literal["float32", "float64"]

LEVELS: tuple[Level, ...] = get_args(Level)
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

LONGEST, MOST = 80, 100  # of a mistyped name: the letters that are shown; the names that it is held against
SHOWN = 6  # of the names in a sentence
SCHEMA = 1  # of every JSON object that is printed or written; another number when a key goes or changes its meaning


class BadInput(ValueError):
    """Something a person gave cannot be used. The message names the thing, the place and the remedy."""


def short(word: str) -> str:
    """The word, or its beginning where nobody would read all of it."""
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}..."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: the first of them, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def unknown(kind: str, given: object, allowed: Iterable[str]) -> str:
    """One line for a name that is not in `allowed`, with the nearest one that is."""
    names, word = list(allowed), short(str(given))
    near = get_close_matches(word.lower(), [name.lower() for name in names[:MOST]], n=1, cutoff=0.5)
    hint = f"; did you mean '{next(name for name in names if name.lower() == near[0])}'?" if near else ""
    known = [*names[:MOST], f"and {len(names) - MOST} more"] if len(names) > MOST else names
    return f"unknown {kind} '{word}'{hint} (known: {', '.join(known)})"
