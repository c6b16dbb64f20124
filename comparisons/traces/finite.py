"""Where a trace has NaN, which also stands for what a step has none of, or infinity in place of a number."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.traces.trace import Array, Trace


def finite(values: Array) -> Array:
    """(n,) bool: at which updates all numbers of (n, ...) are finite."""
    return np.asarray(np.isfinite(values).reshape(len(values), -1).all(axis=1))


def not_finite(trace: Trace, at: Array | slice, names: Sequence[str] = ()) -> Iterator[str]:
    """What is not finite of the loss and of the gradients of these tensors, and when, in words.

    Args:
        at: the updates that are looked at, by where they are in the trace.
    """
    if trace.loss is not None:
        yield from _told("loss", trace.loss[at], trace.steps[at])
    for name in names:
        for kind in ("gradient", "used"):
            if (values := getattr(trace.tensors[name], kind)) is not None:
                yield from _told(f"{kind} {'gradient ' * (kind == 'used')}of {name}", values[at], trace.steps[at])


def _told(what: str, values: Array, steps: Array) -> Iterator[str]:
    there = finite(values)
    if not there.all():
        count = int((~there).sum())
        often = "" if count == 1 else f"{count} steps, first at "
        yield f"{what} is not finite, or not recorded, at {often}step {steps[int((~there).argmax())]}"
