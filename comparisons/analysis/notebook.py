"""HTML for a notebook: lines, code, tables and pictures, well formed, with nothing in them that is not text."""

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from comparisons.plots.render import render

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def line(words: str) -> str:
    """A paragraph."""
    return f"<p>{escape(words)}</p>"


def items(sentences: Iterable[str]) -> str:
    """A list; "" of nothing."""
    entries = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f"<ul>{entries}</ul>" if entries else ""


def code(text: str) -> str:
    """Text as it stands, to be copied."""
    return f"<pre>{escape(text)}</pre>"


def table(frame: pd.DataFrame) -> str:
    """All columns and rows of the frame; "" of none."""
    return "" if frame.empty else frame.to_html(index=False, float_format="{:.4g}".format, border=0, na_rep="–")


def picture(figure: "Figure", name: str) -> str:
    """The figure, with what stands in for it where it cannot be seen."""
    content = b64encode(render(figure, "png")).decode()
    return f'<img alt="{escape(name)}" style="max-width: 100%" src="data:image/png;base64,{content}" />'


def page(parts: Iterable[str]) -> str:
    """The parts one under the other, as one element."""
    return "<div>\n" + "\n".join(part for part in parts if part) + "\n</div>"
