"""Every value of every curve, in as few letters as a page can unpack again without losing a bit.

A curve is written as differences to what predicts it best: the same curve a step earlier, the curve of another
framework, or in float32 the same training in float64, rounded. Differences are taken between the bits, read as whole
numbers, so that neighbouring floats differ by one; small ones have leading zeros, which deflate packs away.
"""

import zlib
from base64 import b85encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from comparisons.tasks.streams import Array

EARLIER = -1  # predicted by itself, a step earlier


@dataclass
class Values:
    """The curves of a page, each kept once, in the order in which they were put.

    `index` has for each its length, the bytes of a number, and the place of the curve that predicts it, or EARLIER.
    """

    index: list[tuple[int, int, int]] = field(default_factory=list)
    _curves: list[Array] = field(default_factory=list)
    _planes: dict[int, list[Array]] = field(default_factory=dict)
    _places: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def put(self, curve: Array, near: Iterable[int] = ()) -> int:
        """The place of a curve (steps,), float32 or float64; `near` are places of curves that may predict it."""
        key = curve.dtype.str, curve.tobytes()
        if key not in self._places:
            predictor, differences = self._best(curve, near)
            self._places[key] = len(self._curves)
            self._curves.append(curve)
            self.index.append((len(curve), curve.itemsize, predictor))
            planes = differences.view(np.uint8).reshape(len(curve), curve.itemsize).T
            self._planes.setdefault(curve.itemsize, []).append(planes)
        return self._places[key]

    def packed(self, beside: str) -> tuple[str, int]:
        """The length of a text in four bytes, the text, and all curves; deflated, in letters.

        Of all float32, then of all float64, each byte of the numbers has a plane of its own: so the leading zeros stand
        together. The letters are those of RFC 1924 with a comma for "<", so that nothing in them is HTML; with them
        goes how many bytes they stand for.
        """
        text = beside.encode()
        planes = [np.concatenate(self._planes[size], axis=1).tobytes() for size in sorted(self._planes)]
        whole = b"".join([len(text).to_bytes(4, "little"), text, *planes])
        packer = zlib.compressobj(9, strategy=zlib.Z_FILTERED)  # which is for differences: 1 % less than without
        deflated = packer.compress(whole) + packer.flush()
        return b85encode(deflated, pad=True).decode().replace("<", ","), len(deflated)

    def _best(self, curve: Array, near: Iterable[int]) -> tuple[int, Array]:
        """The predictor that leaves the fewest bits, and what it leaves."""
        bits = _bits(curve)
        left = {EARLIER: _folded(bits, np.concatenate([np.zeros_like(bits[:1]), bits[:-1]]))}
        for place in dict.fromkeys(near):
            other = self._curves[place]
            if len(other) == len(curve):
                left[place] = _folded(bits, _bits(_rounded(other, curve.dtype)))
        best = min(left, key=lambda place: float(np.log2(left[place] + 1.0).sum()))
        return best, left[best]


def _rounded(curve: Array, dtype: np.dtype[Any]) -> Array:
    with np.errstate(over="ignore"):
        return curve.astype(dtype)


def _bits(curve: Array) -> Array:
    return curve.astype(curve.dtype.newbyteorder("<")).view(f"<i{curve.itemsize}")


@np.errstate(over="ignore")
def _folded(bits: Array, predicted: Array) -> Array:
    """The differences as numbers without a sign: 0, -1, 1, -2, 2 are 0, 1, 2, 3, 4."""
    difference = bits - predicted
    return np.asarray((difference << 1) ^ (difference >> (8 * bits.itemsize - 1))).view(f"<u{bits.itemsize}")


def summary(losses: Array, most: int) -> Sequence[Array]:
    """The curves that stand for (seeds, steps): each, or of more than `most` the 5, 50 and 95 % quantiles.

    A value that is not finite counts as larger than all others; as a quantile it is infinite.
    """
    if len(losses) <= most:
        return list(losses)
    values = np.where(np.isfinite(losses), losses, np.inf)
    return list(np.quantile(values, (0.05, 0.5, 0.95), axis=0, method="nearest"))
