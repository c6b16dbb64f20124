"""Fingerprints of batches: the same for the same numbers, whatever the framework, the dtype and the layout.

A value is taken as float32; its 32 bits are multiplied by FACTOR modulo 2^64, and the upper 31 of the product's 64 bits
are added to the lower ones without carry. The hash of a sample is the sum of this over its values, and of FACTOR for
each value, modulo 2^64. So the order of a sample's values does not count (channels first or last are the same sample),
and the order of the samples does: a batch has a hash of the hashes of its samples.
"""

import functools
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from comparisons.traces.trace import Array

FACTOR, SHIFT = 0xFF51AFD7ED558CCD, 33  # of MurmurHash3's finalizer
AT_ONCE = 1 << 15  # values: 256 kB as uint64, which stay in the cache; all at once takes five times as long


def sample_hashes(x: Any) -> Array:
    """(batch size,) uint64: a hash of each sample of an array (batch size, ...), or of several arrays together."""
    first, *others = map(hashes_of, parts(x))
    return functools.reduce(lambda total, hashes: total * np.uint64(FACTOR) + hashes, others, first)


def hashes_of(x: Array) -> Array:
    """(batch size,) uint64: a hash of each sample of one array. -0 counts as 0."""
    values = x.astype(np.float32, copy=False).reshape(len(x), -1) + np.float32(0)
    words, hashes = values.view(np.uint32), np.empty(len(x), np.uint64)
    rows = max(1, AT_ONCE // max(1, words.shape[1]))
    for first in range(0, len(x), rows):
        bits = words[first : first + rows] * np.uint64(FACTOR)
        bits ^= bits >> np.uint64(SHIFT)
        bits.sum(axis=1, out=hashes[first : first + rows])
    return hashes + np.uint64(values.shape[1] * FACTOR % 2**64)


def of_one_value(hashes: Array) -> Array:
    """Whether each sample (n,) is a single value: of one alone, the hash can be taken back to 32 bits."""
    products = hashes - np.uint64(FACTOR)
    products ^= products >> np.uint64(SHIFT)
    return np.asarray(products * np.uint64(pow(FACTOR, -1, 2**64)) < 2**32)


def label_hashes(y: Any) -> Array:
    """As sample_hashes; where all rows are zeros with a single 1, of its index: one-hot is as good as index."""
    return sample_hashes([indices(part) for part in parts(y)])


def indices(y: Array) -> Array:
    """Labels (batch size, classes) as indices (batch size,) where all are one-hot, and as they are otherwise."""
    if y.ndim != 2 or y.shape[1] < 2 or not ((y == 0) | (y == 1)).all() or not (y.sum(axis=1) == 1).all():
        return y
    return y.argmax(axis=1)


def batch_hash(samples: Array) -> int:
    """The hash of a batch, from those of its samples in their order: BLAKE2b of their bytes, little-endian."""
    return int.from_bytes(blake2b(samples.astype("<u8").tobytes(), digest_size=8).digest(), "little")


def parts(x: Any) -> list[Array]:
    """The arrays of a batch, of 1 axis at least: of one, of a sequence of them, or of a mapping by its sorted keys."""
    if isinstance(x, Mapping):
        return [part for key in sorted(x) for part in parts(x[key])]
    if isinstance(x, Sequence) and not isinstance(x, str | bytes):
        return [part for one in x for part in parts(one)]
    return [np.atleast_1d(np.asarray(x))]
