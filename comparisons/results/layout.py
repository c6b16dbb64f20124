"""Tables that fit the terminal without breaking a word."""

import textwrap

from rich.box import Box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from comparisons.results.width import told

WIDE = 120  # columns, where neither a terminal nor COLUMNS says how many there are
INDENT = "   "  # of what stands in for the cells of a row
# Lines above and below the table, under its heading, and between its sections.
RULED = Box(" ── \n    \n ── \n    \n ── \n    \n    \n ── \n")


def wide_console() -> Console:
    """Standard output, as wide as is told."""
    return Console(width=told() or WIDE)


def print_line(console: Console, line: str, style: str = "") -> None:
    """Print a sentence, broken between words alone: a word that is longer than the terminal is wide stays whole."""
    body = textwrap.fill(line, console.width, break_long_words=False, break_on_hyphens=False)
    console.print(Text(body, style), overflow="ignore", crop=False)


def print_table(console: Console, table: Table) -> None:
    """Print the table; where its words are too many for the width, each row as lines, a heading before each cell."""
    if _fits(console, table) or _fits(console, _without_padding(table)):
        console.print(table)
        return
    if table.title:
        console.print(Text(str(table.title), "bold"))
    headings = [" ".join(_plain(column.header).split()) for column in table.columns]
    for name, *cells in zip(*([_plain(cell) for cell in column.cells] for column in table.columns), strict=True):
        filled = [(heading, cell) for heading, cell in zip(headings[1:], cells, strict=True) if cell.strip()]
        console.print(Text(name if filled else name.strip(), "" if filled else "bold", overflow="fold"))
        for heading, cell in filled:
            line = f"{heading}: {cell}" if heading else cell
            body = textwrap.fill(line, console.width - len(INDENT), subsequent_indent="  ", break_on_hyphens=False)
            console.print(Text(textwrap.indent(body, INDENT)))


def _without_padding(table: Table) -> Table:
    table.padding = 0
    return table


def _fits(console: Console, table: Table) -> bool:
    """Give each column the width of its longest word at least, and of the rest an equal share, or what it lacks.

    False, and nothing done, where there is no room for that.
    """
    open_ended = console.options.update(width=10_000)

    def measured(cell: RenderableType) -> Measurement:
        size = Measurement.get(console, open_ended, cell)
        indent = len(_plain(cell)) - len(_plain(cell).lstrip(" "))  # stays with the first word
        return size if isinstance(cell, Table) else Measurement(size.minimum + indent, size.maximum)

    ranges = []
    for column in table.columns:
        sizes = [measured(cell) for cell in (column.header, *column.cells)]
        most = max(size.maximum for size in sizes)
        least = most if column.no_wrap else max(column.min_width or 0, *(size.minimum for size in sizes))
        ranges.append((least, max(least, most)))
    around = measured(table).maximum - sum(most for _, most in ranges)
    spare = console.width - around - sum(least for least, _ in ranges)
    if spare < 0:
        return False
    columns = sorted(zip(table.columns, ranges, strict=True), key=lambda one: one[1][1] - one[1][0])
    for i, (column, (least, most)) in enumerate(columns):  # who lacks least comes first, and leaves what it need not
        share = min(most - least, spare // (len(columns) - i))
        column.width, spare = least + share, spare - share
    return True


def _plain(cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)
