"""Code of a file as text, and what of it could not be read."""

import ast

from comparisons.porting.reading.source import Gap
from comparisons.porting.reading.text import shown, too_deep


def text_of(node: ast.AST) -> str:
    """The code of a node; "..." of one that is nested too deeply, or has too large a number, to be written out."""
    try:
        return "..." if too_deep(node) else ast.unparse(node)
    except ValueError:
        return "..."


def gap_at(node: ast.AST, message: str) -> Gap:
    """The gap that a node of a file is."""
    return Gap(line=getattr(node, "lineno", None), text=shown(text_of(node)), message=message)
