"""How wide the terminal is, and sentences that fit it."""

import shutil
import textwrap

UNKNOWN, NARROWEST = 0, 20


def told() -> int:
    """The columns of the terminal, or what COLUMNS says, but NARROWEST at least; UNKNOWN in a file or a pipe."""
    columns = shutil.get_terminal_size((UNKNOWN, UNKNOWN)).columns
    return max(columns, NARROWEST) if columns else UNKNOWN


def wrapped(line: str, indent: str = "", under: str | None = None, *, most: int = 0) -> str:
    """A line broken between words, where a width is told or is to be at most so much; a longer word stays whole."""
    widths = [width for width in (told(), most) if width]
    if not widths:
        return indent + line
    return textwrap.fill(
        line,
        min(widths),
        initial_indent=indent,
        subsequent_indent=indent if under is None else under,
        break_long_words=False,
        break_on_hyphens=False,
    )


def folded(text: str) -> str:
    """The lines of a text, each broken between words where a width is told; what goes on is indented by two more."""
    return "\n".join(wrapped(line, under=" " * (len(line) - len(line.lstrip()) + 2)) for line in text.splitlines())
