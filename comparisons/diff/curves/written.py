"""Numbers as they are written in text: which text is one, and what its last digit leaves open."""

import re
from collections.abc import Sequence

import numpy as np

from comparisons.traces.trace import Array

# Not all that float() takes: "1_000" and the digits of other scripts are slips in a file, or no numbers.
NUMBER = re.compile(r"[+-]?(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?", re.ASCII)
NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
PADDED = re.compile(r"\.\d+0(?:[eE]|$)", re.ASCII)  # by a format, which keeps a zero at the end
FORMAT = 3  # different numbers: by chance, one in a thousand such files has no digit after those that a format cuts
FEWER, ROW = 3, 10  # digits less, of so many numbers in a row: by chance, the first is so in one of a thousand
SMALLEST, LARGEST = -330, 310  # decimal exponents beyond all of those of float64


def is_number(cell: str) -> bool:
    """Whether it is written as one, be it finite or not."""
    return bool(NUMBER.fullmatch(cell) or NO_NUMBER.fullmatch(cell))


def resolutions(cells: Sequence[str], values: Array) -> Array:
    """Half a unit of the last digit of each number (n,), where a format cuts them all alike.

    A format keeps so many decimals, or so many significant digits, and some formats leave zeros at the end away. So
    the most that is seen of either is taken for its number, and of the two the coarser one at each number. Where many
    in a row have fewer digits, another format wrote these. Few numbers without such a zero show no format: "0.5" may
    be all of it.
    """
    if len(np.unique(values)) < FORMAT and not any(map(PADDED.search, cells)):
        return np.zeros(len(values))
    written = np.array([_digits(cell) for cell in cells], float)
    decimals, significant = written.max(axis=0)
    magnitude = np.abs(values)
    leading = np.floor(np.log10(magnitude, where=magnitude > 0, out=np.full(len(values), float(SMALLEST))))
    exponents = np.maximum(-decimals, leading + 1 - significant)
    fewer = _runs((written[:, 0] <= decimals - FEWER) & (written[:, 1] <= significant - FEWER))
    exponents[fewer] = -written[fewer, 0].max(initial=SMALLEST)
    return np.asarray(0.5 * 10.0 ** np.clip(exponents, SMALLEST, LARGEST - 5))


def _runs(marked: Array) -> Array:
    """Which (n,) of those that are marked have marked ones beside them, ROW in a row at least."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(int), [0]])))
    found = np.zeros(len(marked), bool)
    for start, end in edges.reshape(-1, 2):
        found[start:end] = end - start >= ROW
    return found


def _digits(cell: str) -> tuple[int, int]:
    """How many decimals and how many significant digits are written."""
    if (found := NUMBER.fullmatch(cell)) is None:
        return SMALLEST, 1
    whole, after, alone, exponent = found.groups()
    fraction = after or alone or ""
    power = int(min(max(float(exponent or 0), SMALLEST), -SMALLEST))
    significant = len(((whole or "") + fraction).lstrip("0")) or 1
    return len(fraction) - power, significant
