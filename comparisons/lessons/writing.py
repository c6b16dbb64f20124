"""docs/lessons and docs/glossary.md: all lessons rendered with their numbers and pictures."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from comparisons.lessons.glossary import glossary
from comparisons.lessons.lesson import CHAPTERS
from comparisons.lessons.page import Page, page
from comparisons.lessons.registry import lessons
from comparisons.lessons.running import measured
from comparisons.results.files import write_files
from comparisons.training.workers import Workers


def pages() -> Iterator[Page]:
    """Every lesson, measured, in reading order, with one process for each framework."""
    workers = Workers()
    with closing(workers):
        for name, lesson in lessons().items():
            yield page(name, lesson, measured(lesson, workers))


def write(docs: Path) -> None:
    """Write `lessons/` with a page and a picture for each lesson and the path through them, and `glossary.md`.

    Raises:
        CannotWrite: a file cannot be written.
    """
    files = {"README.md": path().encode()}
    for one in pages():
        files[f"{one.id}.md"] = document(one).encode()
        files[f"{one.id}.png"] = one.picture()
    (docs / "lessons").mkdir(parents=True, exist_ok=True)
    write_files(files, docs / "lessons")
    write_files({"glossary.md": glossary().encode()}, docs)


def document(page: Page) -> str:
    """The file of a lesson: its page, and the way to the next one."""
    known = lessons()
    follows = dict(pairwise(known)).get(page.id)
    ahead = f"Next: [{known[follows].title}]({follows}.md). " if follows else ""
    return page.markdown(f"{page.id}.png", glossary="../glossary.md") + f"\n{ahead}[All lessons](README.md).\n"


def path() -> str:
    """The reading order: a chapter after the other, each lesson with its question."""
    told = "What is learned in one framework, shown and asserted in the next. `triptych lesson ID` runs one."
    begin = (
        "New here? [The tutorial](../tutorial.md) takes twenty minutes; [the glossary](../glossary.md) has our words."
    )
    add = (
        "To add a lesson, copy a file of `comparisons/lessons/` and change it: the list, tests and pages find "
        "it by its name. `make lessons` writes the pages anew."
    )
    parts = ["# Lessons", told, begin]
    for chapter in CHAPTERS:
        mine = [(name, one) for name, one in lessons().items() if one.chapter == chapter]
        if mine:
            rows = "\n".join(f"- [{one.title}]({name}.md): {one.question}" for name, one in mine)
            parts += [f"## {chapter}", rows]
    return "\n\n".join([*parts, add]) + "\n"
