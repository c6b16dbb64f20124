"""How one framework lays out a tensor of another's: axes in another order, gates, rows after a flatten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise, permutations
from math import prod

import numpy as np

from comparisons.traces.trace import Array

# The order of axes between torch and Keras, which no values tell where two of them are as long.
USUAL = {2: (1, 0), 3: (2, 1, 0), 4: (2, 3, 1, 0), 5: (2, 3, 4, 1, 0)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where the elements of B's tensor are in A's.

    Args:
        order: (size,) int64: element i of B's, flat, is element order[i] of A's. says: how, "" if they are the same.
    """

    order: Array
    says: str


@cache
def plain(ours: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[Layout, ...]:
    """The orders of axes in which a tensor of shape `theirs` may hold that of shape `ours`, the same order first."""
    return tuple(Layout(order=order.ravel(), says=says) for order, says in _turned(ours, theirs))


def rearranged(ours: tuple[int, ...], theirs: tuple[int, ...], channels: Iterable[int]) -> Iterator[Layout]:
    """Ways in which it may hold it with gates, or rows after a flatten, in another order.

    Args:
        channels: numbers of channels that a flatten may have had: of images, whose order of axes differs too.
    """
    for order, says in _turned(ours, theirs):
        for moved, how in (*_gates(order), *_flattened(order, channels)):
            yield Layout(order=moved.ravel(), says=", ".join(filter(None, [says, how])))


def _turned(ours: tuple[int, ...], theirs: tuple[int, ...]) -> Iterator[tuple[Array, str]]:
    a, b = ours, theirs
    if sorted(a) != sorted(b):  # a scale of (1, 8) is one of (8,)
        a, b = (tuple(size for size in shape if size != 1) for shape in (ours, theirs))
    same = tuple(range(min(len(a), len(b))))
    turns = sorted(permutations(same), key=lambda axes: (axes != same, axes != USUAL.get(len(same)), axes))
    for whole in dict.fromkeys(merged(a, len(same))):
        at = np.arange(prod(a)).reshape(whole)
        for axes in turns:
            if tuple(whole[i] for i in axes) in merged(b, len(same)):
                yield np.transpose(at, axes).reshape(b), "" if axes == same else _axes(axes)


def merged(shape: tuple[int, ...], count: int) -> list[tuple[int, ...]]:
    """The shapes of so many axes that one becomes where neighbours are taken together, as heads and what is in them."""
    if len(shape) == count:
        return [shape]
    if len(shape) < count or not count:
        return []
    bounds = ((0, *ends, len(shape)) for ends in combinations(range(1, len(shape)), count - 1))
    return [tuple(prod(shape[first:last]) for first, last in pairwise(one)) for one in bounds]


def usual(found: list[Layout], axes: int, *, same_words: bool) -> Layout:
    """That of several which frameworks have, where no value tells: the same one, if they have the same word for it."""
    wanted = "" if same_words else _axes(USUAL.get(axes, ()))
    return next((layout for layout in found if layout.says == wanted), found[0])


def _axes(axes: tuple[int, ...]) -> str:
    return "transposed" if axes == (1, 0) else f"axes {axes}"


def _gates(order: Array) -> Iterator[tuple[Array, str]]:
    """The last or first axis in three or four blocks that change places."""
    for axis in {0, order.ndim - 1}:
        for gates in (3, 4):
            if order.shape[axis] % gates == 0 and order.shape[axis] > gates:
                blocks = np.split(order, gates, axis=axis)
                for places in list(permutations(range(gates)))[1:]:
                    yield np.concatenate([blocks[i] for i in places], axis=axis), f"gates {places}"


def _flattened(order: Array, channels: Iterable[int]) -> Iterator[tuple[Array, str]]:
    """The rows of a matrix after a flatten: (channels, places) in one framework, (places, channels) in another."""
    if order.ndim != 2:
        return
    for axis in (0, 1):
        rows = np.moveaxis(order, axis, 0)
        for count in sorted({c for c in channels if 1 < c < len(rows) and len(rows) % c == 0}):
            for first, words in ((count, "channels first to last"), (len(rows) // count, "channels last to first")):
                moved = rows.reshape(first, len(rows) // first, -1).swapaxes(0, 1).reshape(rows.shape)
                yield np.moveaxis(moved, 0, axis), f"rows of a flatten, {words}"
