"""The sheet of paper: where the heading and each panel lie. Lengths are in inches, heights from the top down."""

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from comparisons.plots.figure import ShownFigure
from comparisons.plots.heading import caption, legend_keys
from comparisons.plots.picture import Picture
from comparisons.plots.words import lines, shortened

EDGE = 0.15
# A block, from top to bottom: its name, the losses, a sliver, the gaps, the labels of the steps.
NAME, LOSS, SLIVER, GAP, STEPS = 0.3, 1.1, 0.08, 0.72, 0.25
BLOCK = NAME + LOSS + SLIVER + GAP + STEPS
# From left to right: the labels of the first column; for each level its curves, perhaps a panel aside; a gutter.
LABELS, CURVES, CURVES_ALONE, BESIDE, ASIDE, GUTTER = 0.7, 2.95, 3.9, 0.5, LOSS + SLIVER + GAP, 0.3
# In the heading: a line of the title, a line of small text, a level; a letter of small text, an entry of the legend.
TITLE, SMALL, LEVEL, SMALL_LETTER, KEY = 0.25, 0.17, 0.55, 0.062, 1.25
TITLE_FONT, SMALL_FONT = FontProperties(size=12, weight="bold"), FontProperties(size=8)


class Sheet:
    """A figure as large as the picture needs, with its heading, on which panels are placed by row and column."""

    def __init__(self, picture: Picture) -> None:
        self.curves = CURVES if picture.aside else CURVES_ALONE
        self.column = self.curves + (BESIDE + ASIDE if picture.aside else 0) + GUTTER
        self.width = LABELS + self.column * len(picture.levels)
        self.room = self.width - LABELS - EDGE
        title = lines(" ".join(filter(None, [picture.task.title, picture.part])), TITLE_FONT, self.room)
        words = textwrap.wrap(caption(picture), int(self.room / SMALL_LETTER))
        keys, abreast = legend_keys(picture), int(self.room / KEY)
        under_title = EDGE + TITLE * len(title)
        under_caption = under_title + SMALL * len(words)
        self.top = under_caption + SMALL * -(-len(keys) // abreast) + LEVEL
        self.height = self.top + BLOCK * len(picture.optimizers) + STEPS
        self.figure = ShownFigure(figsize=(self.width, self.height))
        self._write(EDGE, "\n".join(title), fontproperties=TITLE_FONT)
        self._write(under_title, "\n".join(words), fontsize=8, color="0.3", linespacing=1.35)
        corner = (LABELS / self.width, 1 - under_caption / self.height)
        self.figure.legend(handles=keys, ncols=abreast, loc="upper left", bbox_to_anchor=corner, borderpad=0)
        for column, level in enumerate(picture.levels):
            self._write(self.top - 0.67 * LEVEL, level, column, fontsize=10, fontweight="bold")
            equal = shortened(picture.equal(level), SMALL_FONT, self.column - 0.1)
            self._write(self.top - 0.3 * LEVEL, equal, column, fontproperties=SMALL_FONT, color="0.3")

    def stack(self, row: int, column: int) -> tuple[Axes, Axes]:
        """The panels of losses and of gaps, one above the other."""
        losses = self._panel(row, column, size=(self.curves, LOSS))
        gaps = self._panel(row, column, down=LOSS + SLIVER, size=(self.curves, GAP))
        for axes in (losses, gaps):
            axes.yaxis.set_label_coords(-0.7 * LABELS / self.curves, 0.5)
        return losses, gaps

    def aside(self, row: int, column: int) -> Axes:
        """The square panel to their right."""
        return self._panel(row, column, right=self.curves + BESIDE, size=(ASIDE, ASIDE))

    def _panel(self, row: int, column: int, *, right: float = 0, down: float = 0, size: tuple[float, float]) -> Axes:
        left = LABELS + self.column * column + right
        bottom = self.height - (self.top + BLOCK * row + NAME + down) - size[1]
        fractions = (left / self.width, bottom / self.height, size[0] / self.width, size[1] / self.height)
        return self.figure.add_axes(fractions)

    def _write(self, down: float, words: str, column: int = 0, **style: Any) -> None:
        left = LABELS + self.column * column
        self.figure.text(left / self.width, 1 - down / self.height, words, va="top", **style)
