"""A lesson's page on the terminal: sentences broken between words, tables that fit, and code that can be pasted."""

import re
from textwrap import indent

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from comparisons.results.layout import RULED, print_table

PIECES = re.compile(r"(^```[^\n]*\n.*?^```\n|(?:^\|[^\n]*\n)+)", re.DOTALL | re.MULTILINE)


def show(console: Console, page: str) -> None:
    """Print a page of Markdown."""
    for piece in filter(str.strip, PIECES.split(page)):
        if piece.startswith("```"):
            code = piece.partition("\n")[2].removesuffix("```\n")
            console.print(Text(indent(code, "    ")), no_wrap=True, overflow="ignore", crop=False)
        elif piece.startswith("|"):
            print_table(console, _table(piece))
            console.print()
        else:
            console.print(Markdown(piece))
            console.print()


def _table(rows: str) -> Table:
    head, _, *others = ([cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines())
    shown = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    for heading in head:
        shown.add_column(Text(heading))
    for row in others:
        shown.add_row(*map(Text, row))
    return shown
