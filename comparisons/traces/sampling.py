"""Which elements of a large tensor are recorded: the same for all axes of a length, so layouts can be compared."""

import math

import numpy as np

from comparisons.traces.trace import Array


def sample(shape: tuple[int, ...], elements: int, seed: int) -> Array | None:
    """(k,) int64: where the recorded elements are in the flat tensor (C order), rising; None if all are recorded.

    It is a grid: some places of each axis, all axes crossed. The places depend on the length of the axis, the number
    of places and the seed only, so (out, in) and (in, out) of one matrix have the same elements in their samples. A
    smaller sample, which a net of more tensors has, is a part of a larger one.

    Args:
        shape: of the whole tensor.
        elements: at most so many, at least 1.
        seed: draws the places.
    """
    if math.prod(shape) <= elements:
        return None
    most = places_of_an_axis(shape, elements)
    axes = [places(length, min(length, most), seed) for length in shape]
    return np.ravel_multi_index(np.ix_(*axes), shape).ravel()


def places_of_an_axis(shape: tuple[int, ...], elements: int) -> int:
    """The most places that each axis may have for the grid to have no more elements than these."""
    most = 1
    while math.prod(min(length, most + 1) for length in shape) <= elements:
        most += 1
    return most


def places(length: int, count: int, seed: int) -> Array:
    """(count,) int64: the first so many places of an axis in an order of chance, rising.

    So those of a smaller sample are among those of a larger one.
    """
    if count == length:
        return np.arange(length)
    found: dict[int, None] = {}
    draws = 2 * count
    while len(found) < count:
        # RandomState's numbers are the same in every version of NumPy; more of them begin with those of fewer.
        drawn = np.random.RandomState([seed, length % 2**32]).random_sample(draws)
        found = dict.fromkeys((drawn * length).astype(np.int64).tolist())
        draws *= 2
    return np.sort(np.array(list(found)[:count], np.int64))
