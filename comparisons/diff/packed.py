"""Tensors that one side holds in one and the other apart: projections of attention, and biases that are added."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from math import prod

import numpy as np

from comparisons.diff.layouts import merged
from comparisons.traces.trace import Array, Tensor, Trace

PARTS = (3, 2, 4)  # queries, keys and values; and what else is packed
SUMMED = 16  # machine epsilons: what the order of a sum makes of a gradient
ADDED = " + "  # between the names of two tensors that are taken as their sum
VALUES = ("before", "after", "gradient", "used")


def unpacked(one: Trace, other: Trace, kept: Mapping[str, str]) -> tuple[Trace, Trace]:
    """Both traces, each tensor of one of them that the other has in equal parts taken apart, and twins added.

    Args:
        kept: the names, A's to B's, of those that are known to be whole on both sides.
    """
    ours, theirs = _apart(one, other, kept.keys()), _apart(other, one, kept.values())
    return _added(ours, theirs, kept.keys()), _added(theirs, ours, kept.values())


def _added(trace: Trace, beside: Trace, kept: Collection[str]) -> Trace:
    """The trace with two tensors as their sum where the other side has one, as torch's LSTM has two biases.

    What the net computes has their sum in it alone, so that their gradients are the same, and it moves by both updates.
    """
    ours, theirs = (Counter(_lengths(tensor.shape) for tensor in one.tensors.values()) for one in (trace, beside))
    tensors = dict(trace.tensors)
    for x, y in combinations([name for name in trace.tensors if name not in kept], 2):
        lengths = _lengths(trace.tensors[x].shape)
        if ours[lengths] > theirs[lengths] and {x, y} <= tensors.keys() and _twins(tensors[x], tensors[y]):
            ours[lengths] -= 1
            tensors = {
                f"{x}{ADDED}{y}" if name == x else name: _sum(one, tensors[y]) if name == x else one
                for name, one in tensors.items()
                if name != y
            }
    return replace(trace, tensors=tensors)


def _twins(x: Tensor, y: Tensor) -> bool:
    """Whether all their gradients are the same, but for the order of a sum, and some are not 0."""
    if x.shape != y.shape or not (x.whole and y.whole) or x.gradient is None or not x.gradient.any():
        return False
    pairs = ((getattr(x, kind), getattr(y, kind)) for kind in ("gradient", "used"))
    return all(a is b is None or (a is not None and b is not None and _same(a, b)) for a, b in pairs)


def _same(a: Array, b: Array) -> bool:
    return bool(np.linalg.norm(a - b) <= SUMMED * np.finfo(a.dtype).eps * np.linalg.norm(a))


def _sum(x: Tensor, y: Tensor) -> Tensor:
    return replace(x, before=x.before + y.before, after=x.after + y.after, norms={}, sums={}, state={})


def _apart(trace: Trace, beside: Trace, kept: Collection[str]) -> Trace:
    """The trace with its packed tensors in parts, where they were."""
    ours, theirs = (Counter(prod(tensor.shape) for tensor in one.tensors.values()) for one in (trace, beside))
    shapes, others = (Counter(_lengths(tensor.shape) for tensor in one.tensors.values()) for one in (trace, beside))
    tensors, dtypes = dict[str, Tensor](), dict(trace.about.get("dtypes", {}))
    for name, tensor in trace.tensors.items():
        size, lengths = prod(tensor.shape), _lengths(tensor.shape)
        alone = name not in kept and ours[size] > theirs[size] and shapes[lengths] > others[lengths]
        counts = (count for count in PARTS if alone and theirs[size // count] >= ours[size // count] + count)
        cuts = ((count, axis) for count in counts if (axis := _axis(tensor, count, beside)) is not None)
        if (cut := next(cuts, None)) is None:
            tensors[name] = tensor
            continue
        count, axis = cut
        ours += Counter({size: -1, size // count: count})
        for i, part in enumerate(_parts(tensor, axis, count)):
            tensors[f"{name}[{i + 1}/{count}]"] = part
            dtypes |= {f"{name}[{i + 1}/{count}]": dtypes[name]} if name in dtypes else {}
    return replace(trace, tensors=tensors, about={**trace.about, "dtypes": dtypes} if dtypes else trace.about)


def _lengths(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of the axes that are longer than 1, whatever their order."""
    return tuple(sorted(_longer(shape)))


def _longer(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _axis(tensor: Tensor, count: int, beside: Trace) -> int | None:
    """Along which so many parts are as a tensor of the other side is, heads and what is in them taken together."""
    shape, others = tensor.shape, [_longer(other.shape) for other in beside.tensors.values()]
    for axis, length in enumerate(shape):
        part = _lengths((*shape[:axis], length // count, *shape[axis + 1 :]))
        if length % count == 0 and any(_lengths(one) == part for other in others for one in merged(other, len(part))):
            return axis
    return None


def _parts(tensor: Tensor, axis: int, count: int) -> Iterator[Tensor]:
    """So many equal parts. Of a sample the norm of a part is not known: it is taken as large for its size."""
    length = tensor.shape[axis] // count
    shape = (*tensor.shape[:axis], length, *tensor.shape[axis + 1 :])
    for i in range(count):
        where, sample = _places(tensor, axis, length, i)
        there = shape if sample is None else where.shape
        recorded = ((kind, getattr(tensor, kind)) for kind in VALUES)
        values = {kind: _taken(whole, where, there) for kind, whole in recorded if whole is not None}
        norms = {
            kind: np.linalg.norm(values[kind].astype(np.float64), axis=1) * np.sqrt(prod(shape) / len(where))
            for kind in tensor.norms
            if kind in values
        }
        yield replace(tensor, shape=shape, sample=sample, norms=norms, sums={}, state={}, **values)


def _places(tensor: Tensor, axis: int, length: int, i: int) -> tuple[Array, Array | None]:
    """Of a part: where its elements are among those recorded, and in itself if they are a sample, rising."""
    flat = np.arange(prod(tensor.shape)) if tensor.sample is None else tensor.sample
    at = list(np.unravel_index(flat, tensor.shape))
    where = np.flatnonzero(at[axis] // length == i)
    if tensor.sample is None:
        return where, None
    at[axis] = at[axis] - i * length
    shape = (*tensor.shape[:axis], length, *tensor.shape[axis + 1 :])
    return where, np.ravel_multi_index([one[where] for one in at], shape)


def _taken(values: Array, where: Array, shape: tuple[int, ...]) -> Array:
    return values.reshape(len(values), -1)[:, where].reshape(len(values), *shape)
