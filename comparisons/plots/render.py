"""A picture as a file."""

from io import BytesIO
from typing import TYPE_CHECKING, Literal, get_args
from warnings import catch_warnings, filterwarnings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PictureFormat = Literal["png", "svg"]

PICTURE_FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)  # of a picture


def render(figure: "Figure", kind: PictureFormat) -> bytes:
    """The picture as a file: the same bytes at each render, so without the date."""
    from matplotlib import rc_context

    from comparisons.plots.style import STYLE

    file = BytesIO()
    with rc_context(STYLE), catch_warnings():
        filterwarnings(
            "ignore", "Glyph .* missing from font", UserWarning
        )  # a letter that no font has is drawn as a box
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()
