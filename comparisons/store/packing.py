"""A record of arrays and of what else there is to say, as text and bytes: nothing that is read back is ever run."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from comparisons.tasks.streams import Array

KINDS = "biuf"  # of arrays: truth, whole and floating-point numbers


class Record(NamedTuple):
    """What a piece of work has found.

    Args:
        arrays: name to array, of any shape, of numbers or of True and False.
        data: whatever else JSON can say: numbers (NaN too), words, lists, objects.
    """

    arrays: Mapping[str, Array]
    data: Mapping[str, Any]


class Packed(NamedTuple):
    """A record as it is kept: `head` is JSON, `body` the arrays one after the other, `check` their checksum."""

    head: str
    body: bytes
    check: int


class Damaged(ValueError):
    """This is no record that was packed here, or no longer."""


def packed(record: Record) -> Packed:
    """The record as it is kept: arrays in C order, their bytes little end first.

    Raises:
        TypeError: an array has other things than numbers.
    """
    shapes, parts = {}, []
    for name, array in record.arrays.items():
        plain = np.asarray(array, order="C")
        if plain.dtype.kind not in KINDS:
            raise TypeError(f"array '{name}' is of {plain.dtype}; only numbers are kept")
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        shapes[name] = [plain.dtype.str, list(plain.shape)]
        parts.append(plain.tobytes())
    head = json.dumps({"arrays": shapes, "data": dict(record.data)}, ensure_ascii=False)
    body = b"".join(parts)
    return Packed(head, body, _check(head, body))


def unpacked(head: str, body: bytes, check: int) -> Record:
    """The record, its arrays to do with as one likes.

    Raises:
        Damaged: it is not whole.
    """
    try:
        if check != _check(head, body):
            raise Damaged("the checksum is another")
        said, start, arrays = json.loads(head), 0, {}
        for name, (kind, shape) in said["arrays"].items():
            dtype = np.dtype(kind)
            count = int(np.prod(shape, dtype=np.int64))
            arrays[name] = np.frombuffer(body, dtype, count, start).astype(dtype.newbyteorder("=")).reshape(shape)
            start += count * dtype.itemsize
        return Record(arrays, said["data"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Damaged(str(error)) from error


def _check(head: str, body: bytes) -> int:
    return crc32(body, crc32(head.encode(errors="surrogatepass")))
