"""How one framework lays out a tensor of another's: axes in another order, gates, rows after a flatten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise, permutations
from math import prod

import numpy as np

from comparisons.traces.trace import Array

# The order of axes between torch and Keras, which no values tell where two of them are as long.
USUAL = {2: (1, 0), 3: (2, 1, 0), 4: (2, 3, 1, 0), 5: (2, 3, 4, 1, 0)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where the elements of B's tensor are in A's; of the places that are asked for alone, as a tensor may be large.

    Args:
        whole: A's shape, with neighbouring axes taken together, or without those of length 1.
        axes: which axis of it each one is that B's shape has, or is taken together of.
        shape: B's. axis, moved: of which axis of it (length,) int64 says where each place comes from, if of one.
        says: how, "" if they are the same.
    """

    whole: tuple[int, ...]
    axes: tuple[int, ...]
    shape: tuple[int, ...]
    axis: int = 0
    moved: Array | None = None
    gates: tuple[int, ...] = ()
    says: str

    @property
    def size(self) -> int:
        """How many elements each has."""
        return prod(self.shape)

    def places(self, of_b: Array) -> Array:
        """(k,) int64: where elements of B's are in A's, by their places in B's, both flat."""
        if not self.axes:
            return of_b
        if self.moved is not None:
            at = list(np.unravel_index(of_b, self.shape))
            at[self.axis] = self.moved[at[self.axis]]
            of_b = np.ravel_multi_index(tuple(at), self.shape)
        turned = np.unravel_index(of_b, [self.whole[axis] for axis in self.axes])
        return np.ravel_multi_index(tuple(turned[i] for i in np.argsort(self.axes)), self.whole)


@cache
def plain(ours: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[Layout, ...]:
    """The orders of axes in which a tensor of shape `theirs` may hold that of shape `ours`, the same order first."""
    a, b = ours, theirs
    if sorted(a) != sorted(b):  # a scale of (1, 8) is one of (8,)
        a, b = (tuple(size for size in shape if size != 1) for shape in (ours, theirs))
    same = tuple(range(min(len(a), len(b))))
    turns = sorted(permutations(same), key=lambda axes: (axes != same, axes != USUAL.get(len(same)), axes))
    return tuple(
        Layout(whole=whole, axes=axes, shape=theirs, says="" if axes == same else _axes(axes))
        for whole in dict.fromkeys(merged(a, len(same)))
        for axes in turns
        if tuple(whole[i] for i in axes) in merged(b, len(same))
    )


def rearranged(ours: tuple[int, ...], theirs: tuple[int, ...], channels: Iterable[int]) -> Iterator[Layout]:
    """Ways in which it may hold it with gates, or rows after a flatten, in another order.

    Args:
        channels: numbers of channels that a flatten may have had: of images, whose order of axes differs too.
    """
    for layout in plain(ours, theirs):
        for axis, moved, gates in _gates(theirs):
            yield gated(layout, axis, moved, gates)
        for axis, moved, how in _flattened(theirs, channels):
            yield replace(layout, axis=axis, moved=moved, says=_and(layout.says, how))


def gated(layout: Layout, axis: int, moved: Array, gates: tuple[int, ...]) -> Layout:
    """The layout with the gates along an axis in another order."""
    return replace(layout, axis=axis, moved=moved, gates=gates, says=_and(layout.says, f"gates {gates}"))


def _and(*parts: str) -> str:
    return ", ".join(filter(None, parts))


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


def _gates(shape: tuple[int, ...]) -> Iterator[tuple[int, Array, tuple[int, ...]]]:
    """The last or first axis in three or four blocks that change places, and their order."""
    for axis in {0, len(shape) - 1}:
        for gates in (3, 4):
            if shape[axis] % gates == 0 and shape[axis] > gates:
                blocks = np.arange(shape[axis]).reshape(gates, -1)
                for places in list(permutations(range(gates)))[1:]:
                    yield axis, blocks[list(places)].ravel(), places


def _flattened(shape: tuple[int, ...], channels: Iterable[int]) -> Iterator[tuple[int, Array, str]]:
    """The rows of a matrix after a flatten: (channels, places) in one framework, (places, channels) in another."""
    if len(shape) != 2:
        return
    for axis, rows in enumerate(shape):
        for count in sorted({c for c in channels if 1 < c < rows and rows % c == 0}):
            for first, words in ((count, "channels first to last"), (rows // count, "channels last to first")):
                yield axis, np.arange(rows).reshape(first, -1).T.ravel(), f"rows of a flatten, {words}"
