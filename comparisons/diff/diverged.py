"""Where one training comes to numbers that are not finite: alone, or as the other is about to."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.names import listed
from comparisons.traces.trace import Trace

FAR = 0.01  # of the size of the parameters: farther apart, rounding may have taken one side alone to where it diverges
RANGE = {"float16": 65504.0}  # the largest number; of others it is float32's, or float64's


def ends_of(both: Both) -> tuple[int | None, int | None]:
    """A's and B's first step after the last that was compared at which parameters are not finite; None if none is."""
    a, b = (_end(trace, int(both.steps[-1])) for trace in both.traces)
    return a, b


def _end(trace: Trace, last: int) -> int | None:
    for i in np.flatnonzero(trace.steps > last):
        if not all(
            np.isfinite(values[i]).all() for one in trace.tensors.values() for values in (one.before, one.after)
        ):
            return int(trace.steps[i])
    return None


def end_notes(both: Both) -> Iterator[str]:
    """Whose training diverged, by A's and B's first step that is not finite, and how far both had come by then."""
    match ends_of(both):
        case [int(ours), int(theirs)]:
            when = f"at step {ours}" if ours == theirs else f"A's at step {ours} and B's at step {theirs}"
            yield f"Both trainings diverged, {when}: their parameters are not finite from there on, and not compared."
        case [int(step), None] | [None, int(step)] as ends:
            side, other = "AB" if ends[1] is None else "BA"
            told = f"{side}'s training diverged: its parameters are not finite from step {step} on; {other}'s are."
            yield told + _why(both, step, "AB".index(side))


def _why(both: Both, step: int, side: int) -> str:
    """Why that may be rounding, in a sentence; "" where it may not."""
    other = "BA"[side]
    if (largest := _largest(both.traces[1 - side], step)) >= _most(both, side):
        return f" {other}'s numbers are as large as {largest:.1g} by then, whose squares no {_dtype(both, side)} holds."
    if (apart := _apart(both)) > FAR:
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
    if not known or ends[0] == ends[1] or min(known) != last + 1:
        return None
    step, side = min(known), int(ends[0] != min(known))
    trace, other = both.traces[side], both.traces[1 - side]
    if step not in other.steps or _largest(other, step) >= _most(both, side) or _apart(both) > FAR:
        return None
    what, tensors = _what(trace, int(np.searchsorted(trace.steps, step)))
    return Cause(
        rung=rung,
        step=step,
        cause="not finite on one side",
        says=f"They part at step {step}: {'AB'[side]}'s {what} not finite there, and {'BA'[side]}'s are; up to step "
        f"{last} they are the same but for rounding. Likely: a function that one side does not guard (the logarithm or "
        "the root of 0, a division by 0, the exponential of a large number), or a dtype that overflows.",
        remedy=f"Look at the batch of step {step} in {'AB'[side]}, layer by layer, for the first number that is none.",
        tensors=tensors,
        certain=False,
    )


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
    """The largest number up to a step, of losses, gradients and parameters; infinite where one is not finite."""
    where = trace.steps <= step
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


def _apart(both: Both) -> float:
    """How far apart the parameters are after the last step that was compared, of A's size."""
    gap, size = (
        np.sqrt(sum(float(np.square(one).sum()) for one in of))
        for of in zip(*((pair.b.after[-1] - pair.a.after[-1], pair.a.after[-1]) for pair in both.pairs), strict=True)
    )
    return float(gap / size) if size else 0.0
