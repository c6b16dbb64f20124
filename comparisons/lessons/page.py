"""A lesson with its numbers, as a page: Markdown, which the terminal, the notebook and docs/lessons show; and JSON."""

import json
import sys
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from comparisons.frameworks import of
from comparisons.frameworks.installed import versions
from comparisons.lessons.glossary import explained, linked
from comparisons.lessons.lesson import Bars, Claim, Curves, Lesson, Measured
from comparisons.lessons.registry import find
from comparisons.lessons.running import measured_alone
from comparisons.names import SCHEMA

ROWS = 6  # of the table that stands for curves


@dataclass(frozen=True, kw_only=True)
class Page:
    """A lesson and what its experiment found here, which shows itself in a notebook.

    Args:
        id: of the lesson. versions: of what it was measured with.
    """

    id: str
    lesson: Lesson
    found: Measured
    versions: Mapping[str, str]

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from markdown_it import MarkdownIt  # rich brings it

        source = f"data:image/png;base64,{b64encode(self.picture()).decode()}"
        return str(MarkdownIt("commonmark").enable("table").render(self.markdown(source, words=True)))

    def picture(self) -> bytes:
        """The picture, as a PNG."""
        from comparisons.lessons.drawing import draw
        from comparisons.plots.render import render

        return render(draw(self.found.picture), "png")

    def says(self, sentence: str) -> str:
        """A sentence with the numbers in its slots."""
        return sentence.format_map(self.found.numbers)

    def claims(self) -> list[tuple[Claim, bool]]:
        """Each claim, and whether it holds here."""
        return [(claim, claim.holds(self.found.numbers)) for claim in self.lesson.claims]

    def markdown(self, picture: str, *, glossary: str = "", words: bool = False) -> str:
        """The page.

        Args:
            picture: where it is; "" for a page without one.
            glossary: where our words are explained, which are then linked. words: explain them at the end instead.
        """
        title = self.found.picture.title
        parts = [
            f"# {self.lesson.title}",
            f"*{self.lesson.question}*",
            "\n".join(f"{number}. {self.says(claim.says)}" for number, claim in enumerate(self.lesson.claims, 1)),
            f"![{title}]({picture})" if picture else f"**{title}**",
            table(self.found.table or rows_of(self.found.picture)),
            *self._code(),
            *self._porting(),
            "## What is asserted",
            table(self._asserted()),
            f"Measured with {', '.join(f'{name} {version}' for name, version in self.versions.items())}.",
        ]
        page = "\n\n".join(part for part in parts if part) + "\n"
        if glossary:
            return linked(page, glossary)
        if words and (used := explained(page)):
            return page + "\n## Words\n\n" + "\n".join(f"- *{word}*: {meaning}" for word, meaning in used) + "\n"
        return page

    def text(self) -> str:
        """The page as plain text: what a Markdown of a few lines is without its marks."""
        return self.markdown("", words=True)

    def _code(self) -> list[str]:
        scripts = list(self.lesson.code.scripts())
        return ["## The code", *(f"{of(name).title}:\n\n```python\n{script}```" for name, script in scripts)]

    def _porting(self) -> list[str]:
        items = [f"- {self.says(sentence)}" for sentence in self.lesson.porting]
        parts = ["\n".join(items)] if items else []
        if self.lesson.command:
            parts.append(f"Go on with:\n\n```sh\n{self.lesson.command}\n```")
        return ["## When you port it", *parts] if parts else []

    def _asserted(self) -> list[tuple[str, ...]]:
        head = ("claim", "measured", "must lie in", "because", "holds")
        rows = []
        for number, (claim, holds) in enumerate(self.claims(), 1):
            low, high = (f"{bound:.6g}" for bound in claim.between)
            bounds = f"{low} to {high}" if claim.between[1] < sys.float_info.max else f"at least {low}"
            measured = f"{float(self.found.numbers[claim.number]):.6g}"
            rows.append((str(number), measured, bounds, claim.because, "yes" if holds else "NO"))
        return [head, *rows]

    def as_json(self) -> str:
        """All of it as one JSON object; a number that is not finite is null."""
        claims = [
            asdict(claim)
            | {"says": self.says(claim.says), "measured": self.found.numbers[claim.number], "holds": holds}
            for claim, holds in self.claims()
        ]
        found = {
            "schema": SCHEMA,
            "id": self.id,
            "chapter": self.lesson.chapter,
            "title": self.lesson.title,
            "question": self.lesson.question,
            "claims": claims,
            "numbers": dict(self.found.numbers),
            "picture": asdict(self.found.picture),
            "code": dict(self.lesson.code.scripts()),
            "porting": [self.says(sentence) for sentence in self.lesson.porting],
            "command": self.lesson.command,
            "versions": dict(self.versions),
        }
        return json.dumps(_plain(found), indent=1, allow_nan=False, ensure_ascii=False)


def lesson(name: str) -> Page:
    """Run a lesson and return it as a page, which shows itself in a notebook.

    Raises:
        BadInput: there is no such lesson, or a framework that it is about is not installed.
    """
    chosen = find(name)
    return page(name, chosen, measured_alone(chosen))


def page(name: str, chosen: Lesson, found: Measured) -> Page:
    """The page of a lesson that was measured here."""
    modules = [package for framework, _ in chosen.code.scripts() for package in ("numpy", *of(framework).packages)]
    return Page(id=name, lesson=chosen, found=found, versions=versions(dict.fromkeys(modules)))


def rows_of(picture: Curves | Bars) -> list[tuple[str, ...]]:
    """The picture as a table: all bars, or the curves at a few points from the first to the last."""
    if isinstance(picture, Bars):
        return [("", picture.x), *((bar.label, format(bar.value, picture.form)) for bar in picture.bars)]
    columns = [dict(line.points()) for line in picture.lines]
    every = sorted({x for column in columns for x in column})
    chosen = dict.fromkeys(every[round(i)] for i in np.linspace(0, len(every) - 1, min(ROWS, len(every))))
    head = (picture.x, *(line.label for line in picture.lines))
    return [head, *((f"{x:.4g}", *(f"{column[x]:.4g}" if x in column else "" for column in columns)) for x in chosen)]


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown, the first row its head."""
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rest])


def _plain(value: object) -> object:
    match value:
        case float():
            return value if np.isfinite(value) else None
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case _:
            return value
