"""Parameters that neither side trains: recorded beside those that are trained, each in its framework's layout."""

import numpy as np

from comparisons.diff.matching import word
from comparisons.diff.pairing import Pair, pair
from comparisons.traces.trace import Array, Tensor, Trace


def frozen_pairs(one: Trace, other: Trace, at: tuple[Array, Array]) -> tuple[Pair, ...]:
    """The buffers that stay where they begin on both sides, and are no statistics, paired as parameters are.

    Args:
        at: where the common steps are in each trace, (n,) int64.
    """
    still = [_as_tensors(trace) for trace in (one, other)]
    if not all(still):
        return ()
    sides = [Trace(steps=trace.steps, tensors=tensors) for trace, tensors in zip((one, other), still, strict=True)]
    return pair(sides[0], sides[1], at).pairs


def _as_tensors(trace: Trace) -> dict[str, Tensor]:
    return {
        name: Tensor(
            shape=trace.buffer_shapes.get(name, values.shape[1:]),
            sample=trace.buffer_samples.get(name),
            before=values,
            after=values,
        )
        for name, values in trace.buffers.items()
        if np.issubdtype(values.dtype, np.floating) and not word(name) and (values == values[:1]).all()
    }
