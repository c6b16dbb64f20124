"""The closed sets of names that people type, and what to say when one is mistyped."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, get_args

Level = Literal["as-written", "same-numbers", "same-rule"]
Dtype = Literal["float32", "float64"]

LEVELS: tuple[Level, ...] = get_args(Level)
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

SCHEMA = 1  # of every JSON object that is printed or written; another number when a key goes or changes its meaning


class BadInput(ValueError):
    """Something a person gave cannot be used. The message names the thing, the place and the remedy."""


def unknown(kind: str, given: object, allowed: Iterable[str]) -> str:
    """One line for a name that is not in `allowed`, with the nearest one that is."""
    names = list(allowed)
    near = get_close_matches(str(given).lower(), [name.lower() for name in names], n=1, cutoff=0.5)
    hint = f"; did you mean '{next(name for name in names if name.lower() == near[0])}'?" if near else ""
    return f"unknown {kind} '{given}'{hint} (known: {', '.join(names)})"
