"""Temporaries that are used again: malloc maps one above 128 KiB anew each time, which costs more than to fill it."""

import threading

import numpy as np

from comparisons.tasks.streams import Array

LARGEST = 1 << 20  # bytes of an array that is kept


class Kept(threading.local):
    """By dtype, the memory that a thread uses again."""

    def __init__(self) -> None:
        self.pairs: dict[np.dtype, Array] = {}


_kept = Kept()


def pair(like: Array) -> tuple[Array, Array]:
    """Two arrays shaped and typed as `like`, with anything in them, until the thread's next call."""
    if like.nbytes > LARGEST:
        return np.empty_like(like), np.empty_like(like)
    if like.dtype not in _kept.pairs:
        _kept.pairs[like.dtype] = np.empty((2, LARGEST // like.itemsize), like.dtype)
    both = _kept.pairs[like.dtype][:, : like.size].reshape(2, *like.shape)
    return both[0, ...], both[1, ...]  # arrays, where like has no axes too
