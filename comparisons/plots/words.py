"""Words that people wrote, as long as they like: measured, broken into lines, cut short."""

from itertools import accumulate
from warnings import catch_warnings, simplefilter

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

INCH = 72  # points
WHOLE_PIXELS = 1.05  # at a hundred to the inch, rounding each letter up to whole pixels adds as much


def width(words: str, font: FontProperties) -> float:
    """How wide the words are at most, in inches, as they stand: none of them is mathematics."""
    with catch_warnings():
        simplefilter("ignore", UserWarning)  # of letters that the font lacks: said when they are drawn, as boxes
        exact = float(TextToPath().get_text_width_height_descent(words, font, ismath=False)[0])
    return WHOLE_PIXELS * exact / INCH


def lines(words: str, font: FontProperties, room: float) -> list[str]:
    """The words in lines that are at most `room` inches wide; a word that is wider is broken where it must be."""
    done, line = [], ""
    for word in words.split():
        longer = f"{line} {word}".lstrip()
        if width(longer, font) <= room:
            line = longer
            continue
        done.append(line)
        line = word
        while width(line, font) > room:
            fitting = _fitting(line, font, room)
            done.append(line[:fitting])
            line = line[fitting:]
    return [line for line in [*done, line] if line]


def shortened(words: str, font: FontProperties, room: float) -> str:
    """The words, or as many of their letters as `room` inches hold, and an ellipsis."""
    return words if width(words, font) <= room else words[: _fitting(words, font, room - width("…", font))] + "…"


def _fitting(word: str, font: FontProperties, room: float) -> int:
    """How many letters fit, but one at least."""
    widths = accumulate(width(letter, font) for letter in word)
    return max(sum(wide <= room for wide in widths), 1)
