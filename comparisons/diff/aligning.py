"""Which steps and tensors of two traces go together."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.pairing import pair
from comparisons.diff.scaling import scales_of, unscaled
from comparisons.names import BadInput
from comparisons.traces.finite import survived
from comparisons.traces.trace import Array, Trace

SHOWN = 3  # tensors whose shapes are told


def both_of(one: Trace, other: Trace, names: Mapping[str, str] | None = None) -> Both:
    """Align two traces.

    Raises:
        BadInput: they have no step or no tensor in common, or numbers that are not finite from the first step on.
    """
    ends = [_finite(trace) for trace in (one, other)]
    for end, side in zip(ends, "AB", strict=True):
        if not end:
            raise BadInput(f"{side}: its parameters are not finite from the first step on")
    steps, at_a, at_b = np.intersect1d(one.steps[: ends[0]], other.steps[: ends[1]], return_indices=True)
    if not len(steps):
        raise BadInput(f"the traces have no step in common: A has {_span(one)}, B has {_span(other)}")
    kept = _compared(one, other, (at_a, at_b))
    steps, at_a, at_b = steps[kept], at_a[kept], at_b[kept]
    paired = pair(one, other, (at_a, at_b), names)
    if not paired.pairs:
        shapes = [_shapes(trace) for trace in (one, other)]
        raise BadInput(f"no tensor of A has the shape of one of B's; A has {shapes[0]}; B has {shapes[1]}")
    first = [np.nan if trace.loss is None else float(trace.loss[at[0]]) for trace, at in ((one, at_a), (other, at_b))]
    scales = scales_of(paired.pairs, (first[0], first[1]))
    if scales is not None:
        paired = replace(paired, pairs=unscaled(paired.pairs, scales))
    return Both(steps=steps, traces=(one, other), at=(at_a, at_b), paired=paired, scales=scales)


def _compared(one: Trace, other: Trace, at: tuple[Array, Array]) -> Array:
    """Which of the common steps are compared: those with gradients that are numbers, up to the first at which only one
    side's are.

    Raises:
        BadInput: there is none.
    """
    a, b = (survived(trace)[of] for trace, of in zip((one, other), at, strict=True))
    kept, alone = np.flatnonzero(~(a | b)), np.flatnonzero(a != b)
    if len(alone):
        kept = kept[kept < alone[0]]
    if not len(kept):
        who = "A and B: their" if not len(alone) else "A: its" if a[alone[0]] else "B: its"
        raise BadInput(
            f"{who} gradients are not finite from the first step on; look for what makes the first of them so"
        )
    return kept


def _shapes(trace: Trace) -> str:
    """The first tensors with their shapes."""
    told = [f"{name} {of.shape}" for name, of in trace.tensors.items()]
    return ", ".join([*told[:SHOWN], *["..."] * (len(told) > SHOWN)])


def _span(trace: Trace) -> str:
    return f"steps {trace.steps[0]} to {trace.steps[-1]}"


def _finite(trace: Trace) -> int:
    """How many steps from the first on have finite numbers only."""
    end = len(trace.steps)
    for tensor in trace.tensors.values():
        for values in (tensor.before, tensor.after):
            bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
            end = min(end, int(bad.argmax())) if bad.any() else end
    return end
