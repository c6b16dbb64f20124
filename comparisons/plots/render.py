"""A picture as a file."""

from io import BytesIO
from typing import TYPE_CHECKING, Literal
from warnings import catch_warnings, filterwarnings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PictureFormat = Literal["png", "svg", "pdf"]

PICTURE_FORMATS: tuple[PictureFormat, ...] = ("png", "svg")  # of a picture of a run
DATE = {"svg": "Date", "pdf": "CreationDate"}  # what the format calls it


def render(figure: "Figure", kind: PictureFormat, dots: int | None = None) -> bytes:
    """The picture as a file, with so many dots to the inch: the same bytes at each render, so without the date."""
    from matplotlib import rc_context

    from comparisons.plots.style import STYLE

    file = BytesIO()
    with rc_context(STYLE), catch_warnings():
        filterwarnings(
            "ignore", "Glyph .* missing from font", UserWarning
        )  # a letter that no font has is drawn as a box
        filterwarnings("ignore", "overflow", RuntimeWarning)  # ticks beyond the largest number, which are not drawn
        metadata = {DATE[kind]: None} if kind in DATE else None
        figure.savefig(file, format=kind, metadata=metadata, dpi=dots or STYLE["savefig.dpi"])
    return file.getvalue()
