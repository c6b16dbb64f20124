"""The text of a file as Python: cells of a notebook, lines that are for a shell, the prints of Python 2."""

import ast
import json
import re
from pathlib import Path

from comparisons.porting.reading.text import tree_of

SHELL = re.compile(r"^(\s*)[!%?].*$")  # !pip install, %matplotlib
PRINT = re.compile(r"^(\s*)print\s+[^=(].*$|^(\s*)print\s*$")  # print "loss", of Python 2
MOST = 200  # lines that are left out before it is no Python at all


def text_of_notebook(text: str) -> str:
    """The cells of code, one below the other.

    Raises:
        ValueError: it is no notebook.
    """
    notebook = json.loads(text)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no cells")
    code = [cell.get("source", "") for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return "\n".join("".join(one) if isinstance(one, list) else str(one) for one in code)


def lenient_tree(text: str) -> ast.Module:
    """The syntax tree; lines that are no Python of today are left out, and the others keep their numbers.

    Raises:
        SyntaxError: there is something else that is no Python.
    """
    try:
        return tree_of(text)
    except SyntaxError as error:
        first = error
    lines = text.split("\n")
    left_out = 0
    for i, line in enumerate(lines):
        found = SHELL.match(line) or PRINT.match(line)
        if found and left_out < MOST:
            lines[i] = f"{line[: len(line) - len(line.lstrip())]}pass"
            left_out += 1
    if not left_out:
        raise first
    return tree_of("\n".join(lines))


def is_notebook(path: Path) -> bool:
    """Whether the file is a notebook, by its name."""
    return path.suffix.lower() == ".ipynb"
