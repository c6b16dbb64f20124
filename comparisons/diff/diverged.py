"""Where one training comes to numbers that are not finite: alone, or as the other is about to."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.names import listed
from comparisons.traces.finite import survived
from comparisons.traces.trace import Array, Trace

FAR = 0.01  # of the size of the parameters: farther apart, rounding may have taken one side alone to where it diverges
RANGE = {"float16": 65504.0}  # the largest number; of others it is float32's, or float64's


def ends_of(both: Both) -> tuple[int | None, int | None]:
    """A's and B's first step after those that were compared at which numbers are not finite; None if there is none.

    Those of its parameters, or gradients that the other side has there.
    """
    a, b = (_end(both, side) for side in (0, 1))
    return a, b


def _end(both: Both, side: int) -> int | None:
    trace, last = both.traces[side], int(both.steps[-1])
    lost = _lost(both, side)
    for i in np.flatnonzero(trace.steps > last):
        if lost[i] or not _holds(trace, int(i)):
            return int(trace.steps[i])
    return None


def _lost(both: Both, side: int) -> Array:
    """(n,) bool: the updates of one side that had gradients which are no numbers, and were survived, where the other's
    had such that are.
    """
    trace, other = both.traces[side], both.traces[1 - side]
    return survived(trace) & np.isin(trace.steps, other.steps[~survived(other)])


def _holds(trace: Trace, at: int) -> bool:
    """Whether all parameters before and after an update are numbers."""
    return all(np.isfinite(values[at]).all() for one in trace.tensors.values() for values in (one.before, one.after))


def end_notes(both: Both) -> Iterator[str]:
    """Whose numbers are not finite, by A's and B's first step where they are not, and how far both had come by then."""
    ours, theirs = (trace.steps[survived(trace)] for trace in both.traces)
    if len(lost := np.intersect1d(ours, theirs)):
        steps = f"step {lost[0]}" if len(lost) == 1 else f"{len(lost)} steps, first at step {lost[0]}"
        yield f"Neither side's gradients are finite at {steps}: not compared"
    ends = ends_of(both)
    step = min((end for end in ends if end is not None), default=None)
    if step is None:
        return
    side = ends.index(step)
    who, other = "AB"[side], "BA"[side]
    if _lost(both, side)[both.traces[side].steps == step].any():
        told = f"{who}'s gradients are not finite at step {step}, and {other}'s are: what comes after is not compared."
        yield told + _why(both, step, side)
    elif None in ends:
        told = f"{who}'s training diverged: its parameters are not finite from step {step} on; {other}'s are."
        yield told + _why(both, step, side)
    else:
        when = f"at step {step}" if ends[0] == ends[1] else f"A's at step {ends[0]} and B's at step {ends[1]}"
        yield f"Both trainings diverged, {when}: their parameters are not finite from there on, and not compared."


def _why(both: Both, step: int, side: int) -> str:
    """Why that may be rounding, in a sentence; "" where it may not."""
    other = "BA"[side]
    if (largest := _largest(both.traces[1 - side], step)) >= _most(both, side):
        return f" {other}'s numbers are as large as {largest:.1g} by then, whose squares no {_dtype(both, side)} holds."
    if (apart := both.apart_at_end) > FAR:
        return f" By then the parameters were {100 * apart:.2g} % of their size apart."
    return ""


def alone_cause(both: Both, rung: str) -> Cause | None:
    """That one side's numbers are not finite right after both were the same but for rounding, and the other's are as
    usual. None where rounding may have made that: where they had come apart, or where the other's are as large as to
    overflow.

    Args:
        rung: that it is told on.
    """
    last, ends = int(both.steps[-1]), ends_of(both)
    known = [end for end in ends if end is not None]
    if not known or ends[0] == ends[1]:
        return None
    step, side = min(known), int(ends[0] != min(known))
    trace, other = both.traces[side], both.traces[1 - side]
    left_out = survived(trace) & (trace.steps > last) & (trace.steps < step)
    if last + left_out.sum() + 1 != step:
        return None
    if step not in other.steps or _largest(other, step) >= _most(both, side) or both.apart_at_end > FAR:
        return None
    at = int(np.searchsorted(trace.steps, step))
    what, tensors = _what(trace, at)
    who, there = "AB"[side], "BA"[side]
    stays = f" ({who} leaves its parameters where they are)" if _holds(trace, at) and _stays(trace, at) else ""
    return Cause(
        rung=rung,
        step=step,
        cause="not finite on one side",
        says=f"They part at step {step}: {who}'s {what} not finite there, and {there}'s are{stays}; up to step "
        f"{last} they are the same but for rounding. Likely: a function that one side does not guard (the logarithm or "
        "the root of 0, a division by 0, the exponential of a large number), or a dtype that overflows.",
        remedy=f"Look at the batch of step {step} in {who}, layer by layer, for the first number that is none.",
        tensors=tensors,
        certain=False,
    )


def _stays(trace: Trace, at: int) -> bool:
    """Whether an update moves no parameter."""
    return all(np.array_equal(one.before[at], one.after[at]) for one in trace.tensors.values())


def _what(trace: Trace, at: int) -> tuple[str, tuple[str, ...]]:
    """What is not finite first, in words: the loss, gradients, or else parameters; and of which tensors, if not all."""
    gradients = {name: one.gradient[at] for name, one in trace.tensors.items() if one.gradient is not None}
    after = {name: one.after[at] for name, one in trace.tensors.items()}
    loss = np.inf if trace.loss is None else trace.loss[at]
    for kind, values in (("gradients", gradients), ("parameters after the update", after)):
        names = tuple(name for name, of in values.items() if not np.isfinite(of).all())
        if names:
            where = f" of {listed(names)}" if len(names) < len(values) else ""
            with_loss = "loss and " if trace.loss is not None and not np.isfinite(loss) else ""
            return f"{with_loss}{kind}{where} are", names if where else ()
    return "parameters are", ()


def _largest(trace: Trace, step: int) -> float:
    """The largest number up to a step, of losses, gradients and parameters; infinite where one is not finite, but for
    updates that were left out.
    """
    where = (trace.steps <= step) & ~survived(trace)
    found = [0.0 if trace.loss is None else float(np.abs(trace.loss[where]).max(initial=0.0))]
    for one in trace.tensors.values():
        for values in (one.after, one.gradient):
            found += [] if values is None else [float(np.abs(values[where]).max(initial=0.0))]
    return float("inf") if not np.isfinite(found).all() else max(found)


def _dtype(both: Both, side: int) -> str:
    """That of a side's parameters which holds the least."""
    dtypes: Sequence[str] = [pair.dtypes[side] for pair in both.pairs]
    return min(dtypes, key=_range)


def _range(dtype: str) -> float:
    return RANGE.get(dtype) or float(np.finfo("float64" if dtype == "float64" else "float32").max)


def _most(both: Both, side: int) -> float:
    """A number whose square the side's dtype does not hold."""
    return float(np.sqrt(_range(_dtype(both, side))))
