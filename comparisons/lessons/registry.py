"""All lessons, by the names of their files."""

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from comparisons.lessons.lesson import CHAPTERS, Lesson
from comparisons.names import BadInput, short

NEAR = 3  # that are named where there is no such lesson


def lessons() -> dict[str, Lesson]:
    """Id to lesson, in reading order. A module of this package that has a `LESSON` is one: there is no other list."""
    package = import_module(__package__)
    found = {
        one.name.replace("_", "-"): import_module(f"{__package__}.{one.name}") for one in iter_modules(package.__path__)
    }
    mine: dict[str, Lesson] = {name: module.LESSON for name, module in found.items() if hasattr(module, "LESSON")}
    return dict(sorted(mine.items(), key=lambda item: (CHAPTERS.index(item[1].chapter), item[1].place, item[0])))


def find(name: str) -> Lesson:
    """The lesson of that id.

    Raises:
        BadInput: there is none.
    """
    known = lessons()
    if name not in known:
        near = [f"'{one}'" for one in get_close_matches(short(name), known, n=NEAR, cutoff=0.5)]
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise BadInput(f"unknown lesson '{short(name)}'; {hint}triptych lessons lists all")
    return known[name]
