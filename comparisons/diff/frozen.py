"""Parameters that neither side trains: recorded beside those that are trained, each in its framework's layout."""

from collections.abc import Sequence

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


def kept_frozen(one: Trace, other: Trace, names: Sequence[str], at: tuple[Array, Array]) -> dict[str, str]:
    """Those of one side's tensors that the other has and does not train, by their names there.

    It is one if it has the name, or the first values, up to the layout.

    Args:
        at: as in `frozen_pairs`.
    """
    still = _as_tensors(other)
    if not still or not names:
        return {}
    ours = Trace(steps=one.steps, tensors={name: one.tensors[name] for name in names})
    found = pair(ours, Trace(steps=other.steps, tensors=still), at).pairs
    return {
        of.name: of.other
        for of in found
        if of.name == of.other or np.allclose(of.a.before[0], of.b.before[0], rtol=of.epsilon, atol=0)
    }


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
