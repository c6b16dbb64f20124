"""Where a trace has NaN, which also stands for what a step has none of, or infinity in place of a number."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.traces.trace import Array, Trace


def finite(values: Array) -> Array:
    """(n,) bool: at which updates all numbers of (n, ...) are finite."""
    return np.asarray(np.isfinite(values).reshape(len(values), -1).all(axis=1))


def survived(trace: Trace) -> Array:
    """(n,) bool: the updates that had gradients which are no numbers, and were survived, as by a loss scale's skipping.

    One is infinite, or NaN in some of its elements; or all are NaN and the parameters stay where they are. A gradient
    that is NaN as a whole was not reached, or not recorded.
    """
    gradients = [one.gradient for one in trace.tensors.values() if one.gradient is not None]
    if not gradients:
        return np.zeros(len(trace.steps), bool)
    none = np.array([~_any(~np.isnan(one)) for one in gradients])
    partly = [_any(np.isinf(one)) | (_any(np.isnan(one)) & ~of) for one, of in zip(gradients, none, strict=True)]
    stays = np.all([~_any(one.after != one.before) for one in trace.tensors.values()], axis=0)
    holds = np.all([finite(one.after) for one in trace.tensors.values()], axis=0)
    return np.asarray(holds & (np.any(partly, axis=0) | (none.all(axis=0) & stays)))


def _any(values: Array) -> Array:
    """(n,) bool: at which updates any of (n, ...) is true."""
    return np.asarray(values.reshape(len(values), -1).any(axis=1))


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
