"""Averages of the weights that a training keeps beside them."""

from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.diff.seen import snapped
from comparisons.traces.trace import Array, Trace

STATE = "side state"
FIT = 1e-3  # relative: what an average of the weights may leave over of itself
OTHER = 2e-3  # of a share that is kept: larger differences are no noise of the fit


@dataclass(frozen=True, kw_only=True)
class Average:
    """A buffer that is an average of a parameter: its name, the parameter's, and the share of the old it keeps."""

    buffer: str
    tensor: str
    keep: float


def averages_of(trace: Trace, at: Array) -> dict[str, Average]:
    """The buffers that are s = d s + (1 - d) theta of a parameter, by the parameter's name.

    Args:
        at: the updates to look at, (n,) int64, which follow each other.
    """
    found = {}
    for name, values in trace.buffers.items():
        kept = np.asarray(values, np.float64)[at].reshape(len(at), -1)
        for tensor_name, tensor in trace.tensors.items():
            sampled_alike = _same(trace.buffer_samples.get(name), tensor.sample)
            if len(at) < 3 or values.shape[1:] != tensor.before.shape[1:] or not sampled_alike:
                continue
            theta = tensor.after[at].astype(np.float64).reshape(len(at), -1)
            before, error = kept[:-1] - theta[1:], kept[1:] - theta[1:]
            keep = float((before * error).sum() / (before * before).sum()) if before.any() else 0.0
            left = np.linalg.norm(error - keep * before)
            if 0 < keep < 1 and left <= FIT * np.linalg.norm(kept[1:] - kept[:-1]) + 1e-6 * np.linalg.norm(kept):
                found[tensor_name] = Average(buffer=name, tensor=tensor_name, keep=keep)
    return found


def _same(one: Array | None, other: Array | None) -> bool:
    """Whether two samples are the same; None is all elements."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def average_causes(both: Both, averages: list[dict[str, Average]]) -> list[Cause]:
    """The parameters whose averages keep another share of the old on each side."""
    keeps: dict[tuple[float, float], list[str]] = {}
    for pair in both.pairs:
        a, b = averages[0].get(pair.name), averages[1].get(pair.other)
        if a is not None and b is not None and abs(a.keep - b.keep) > OTHER * (1 - min(a.keep, b.keep)):
            keeps.setdefault((share_of(a.keep), share_of(b.keep)), []).append(pair.name)
    return [
        Cause(
            rung=STATE,
            step=int(both.steps[0]),
            cause="decay of the average",
            number=b,
            says=f"They part at step {both.steps[0]} in the average of the weights: A's keeps {a:.6g} of the old, "
            f"B's {b:.6g}" + ("." if abs(a + b - 1) > 1e-3 else ": one's decay is 1 minus the other's."),
            remedy=f"Give both a decay of {a:.6g}, or of {b:.6g}.",
            tensors=tuple(names),
        )
        for (a, b), names in keeps.items()
    ]


def share_of(keep: float) -> float:
    """The nearest number that people write: 1 minus one of two digits, where it is that."""
    written = 1 - snapped(1 - keep)
    return written if abs(written - keep) <= 0.02 * (1 - keep) else keep
