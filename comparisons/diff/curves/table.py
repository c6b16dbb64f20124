"""A table of text out of a CSV file: its delimiter, its header and the lines its rows are on."""

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

from comparisons.diff.curves.written import is_number
from comparisons.inputs import files
from comparisons.inputs.text import visible
from comparisons.names import BadInput

LIMIT = 1 << 28  # bytes
LOOKED_AT = 20  # rows, by which the delimiter is told
DELIMITERS = ("\t", ";", ",", "|")  # those that stand inside of cells most often come last
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
DECIMAL_COMMA = re.compile(r"\s*([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)\s*", re.ASCII)
AS_CSV = "save it as CSV in UTF-8"

Row = tuple[int, list[str]]  # the line that it ends on, and its cells


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of as many cells as there are names.

    Args:
        names: of the columns; their numbers from 1 where there is no header. headed: whether there is one.
        rows: those that are not blank.
    """

    names: tuple[str, ...]
    headed: bool
    rows: tuple[Row, ...]


def read_table(path: Path) -> Table:
    """The cells of a CSV file, of any delimiter, with a header or without one; what `#` begins is a comment.

    Raises:
        BadInput: it cannot be read, is no text, is empty, or a row has more or fewer cells than the first.
    """
    text = _text(path)
    lines = text.split("\n")
    if lines[0].startswith("sep=") and len(lines[0]) == len("sep=?"):  # Excel's
        delimiter, lines[0] = lines[0][-1], ""
    else:
        delimiter = ""
    comments = {n: line for n, line in enumerate(lines, 1) if "#" in line and line.lstrip().startswith("#")}
    for n in comments:
        lines[n - 1] = ""
    if not any(line.strip() for line in lines):
        raise BadInput(f"{path}: is empty; give a row 'step,loss' for each step")
    delimiter = delimiter or _delimiter(lines)
    rows = [(n, [cell.strip() for cell in cells]) for n, cells in _split(path, lines, delimiter)]
    if not rows:
        raise BadInput(f"{path}: has no cell with anything in it; give a row 'step,loss' for each step")
    if delimiter != ",":
        rows = _with_points(path, rows)
    header = _header(rows, comments, delimiter)
    body = rows[1:] if header is rows[0][1] else rows
    if not body:
        raise BadInput(f"{path}: has a header but no rows; give a row for each step")
    width = _width(rows if header is None else [(0, header), *body])
    names = [str(number) for number in range(1, width + 1)] if header is None else header[:width]
    return Table(names=tuple(names), headed=header is not None, rows=tuple(_evened(path, body, width)))


def _text(path: Path) -> str:
    """What is in the file, if it is text: UTF-8, or UTF-16 with its mark, as spreadsheets write it."""
    try:
        content = files.content(path, LIMIT)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text in UTF-8; {AS_CSV}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := NO_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadInput(f"{path}: line {line} has the character U+{ord(found[0]):04X} in it, no text; {AS_CSV}")
    if text.lstrip().startswith(("{", "[")):
        raise BadInput(f"{path}: is JSON, not CSV; write a row 'step,loss' for each step")
    return text


def _delimiter(lines: list[str]) -> str:
    """That which divides the first rows into equally many cells; else that which all of them have."""
    first = [line for line in lines if line.strip()][:LOOKED_AT]
    widths = {one: _widths(first, one) for one in DELIMITERS}
    dividing = {one: counts for one, counts in widths.items() if min(counts) > 1}
    if even := [one for one, counts in dividing.items() if len(set(counts)) == 1]:
        return even[0]
    if dividing:
        return next(iter(dividing))
    return " " if all(len(line.split()) > 1 and '"' not in line for line in first) else ","


def _widths(lines: list[str], delimiter: str) -> list[int]:
    try:
        return [len(cells) for cells in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:  # a cell of more than 131,072 characters: it is said where rows are read
        return [0]


def _split(path: Path, lines: list[str], delimiter: str) -> list[Row]:
    if delimiter == " ":
        return [(n, line.split()) for n, line in enumerate(lines, 1) if line.strip()]
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadInput(f"{path}: line {reader.line_num}: is no CSV ({error}); look at its quotes") from None


def _with_points(path: Path, rows: list[Row]) -> list[Row]:
    """With a point where a comma is the decimal point: commas do not divide cells here."""
    commas = any(DECIMAL_COMMA.fullmatch(cell) for _, row in rows for cell in row)
    if not commas:
        return rows
    for line, row in rows:
        for cell in row:
            if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?", cell, re.ASCII):
                raise BadInput(
                    f"{path}: line {line}: '{cell}' has a point in it where others have a decimal comma; "
                    "write numbers without separators of thousands"
                )
    return [(line, [DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row]) for line, row in rows]


def _header(rows: list[Row], comments: dict[int, str], delimiter: str) -> list[str] | None:
    """The first row, where it is no row of numbers; else the comment before it, where that names as many columns."""
    line, first = rows[0]
    named = any(cell and not is_number(cell) for cell in first)
    if named or (len(first) > 1 and not first[0]):  # pandas leaves the name of its index empty
        return first
    above = comments.get(line - 1, "").strip().lstrip("#").strip()
    cells = above.split() if delimiter == " " else [cell.strip().strip('"') for cell in above.split(delimiter)]
    return cells if above and len(cells) == len(first) else None


def _width(rows: list[Row]) -> int:
    """How many columns there are: cells at the end that are empty in all rows are none."""
    first = rows[0][1]
    width = len(first)
    while width > 1 and not first[width - 1] and all(not any(row[width - 1 :]) for _, row in rows):
        width -= 1
    return width


def _evened(path: Path, rows: list[Row], width: int) -> list[Row]:
    for line, row in rows:
        if len(row) < width or any(row[width:]):
            more = "; where a comma is the decimal point, divide cells by ';'" if len(row) > width else ""
            counted = f"{len(row)} cell{'s' * (len(row) != 1)}"
            raise BadInput(f"{path}: line {line} has {counted} where {width} are expected{more}")
    return [(line, row if len(row) == width else row[:width]) for line, row in rows]


def shown(cell: str) -> str:
    """A cell in a message: what can be seen of it, and not all of a long one."""
    seen = visible(cell)
    return seen if len(seen) <= 40 else f"{seen[:40]}..."  # a number has 25 characters at most
