"""The order of gates in a vector whose start does not tell it, as a bias that begins with 0: that of its layer."""

from collections.abc import Mapping

from comparisons.diff.layouts import Layout, gated
from comparisons.diff.matching import PART, in_layouts, layer_of
from comparisons.traces.trace import Array, Tensor, Trace

NOISE = 1e-9  # of 1 - |cosine|: what is turned no farther than this is turned as far

Key = tuple[str, str]  # A's name and B's


def with_gates(layouts: Mapping[Key, Layout], one: Trace, other: Trace, at: tuple[Array, Array]) -> dict[Key, Layout]:
    """The layouts of tensors that go together: of vectors in their layer's order of gates, where that fits as well.

    Args:
        at: where the common steps are in each trace, (n,) int64.
    """
    return {
        key: next(
            (
                given
                for of, matrix in layouts.items()
                if matrix.gates and _of_one_layer(key, of) and (given := _ordered(layout, matrix)) is not None
                if _fits(one.tensors[key[0]], other.tensors[key[1]], at, layout, given)
            ),
            layout,
        )
        for key, layout in layouts.items()
    }


def _of_one_layer(one: Key, other: Key) -> bool:
    """Whether two pairs are of one layer on either side; parts of a bias are of that of the whole."""
    return any(layer_of(PART.sub("", x)) == layer_of(PART.sub("", y)) for x, y in zip(one, other, strict=True))


def _ordered(vector: Layout, matrix: Layout) -> Layout | None:
    """The vector's layout with the gates of the matrix; None if it has an order of its own, or is none of so many."""
    moved = matrix.moved
    if vector.moved is not None or moved is None or vector.size != len(moved) or len(moved) not in vector.shape:
        return None
    return gated(vector, vector.shape.index(len(moved)), moved, matrix.gates)


def _fits(a: Tensor, b: Tensor, at: tuple[Array, Array], own: Layout, given: Layout) -> bool:
    """Whether the start is as near in another layout, and the gradients as well: without them, what updates make.

    It does not where hardly an element is recorded on both sides then.
    """
    kind = "after" if a.gradient is None or b.gradient is None else "gradient"
    [(start, turn, _)], there = (in_layouts(a, b, at, [one], kind) for one in (own, given))
    return any(one <= start and other <= turn + NOISE for one, other, _ in there)
