"""Averages of the weights that a training keeps beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.diff.seen import snapped
from comparisons.traces.trace import Array, Trace

STATE = "side state"
FIT = 1e-3  # relative: what an average of the weights may leave over of itself
FEWEST = 4  # elements that tell the share of each update: of one, any share does
OTHER = 2e-3  # of a share that is kept: larger differences are no noise of the fit


@dataclass(frozen=True, kw_only=True)
class Average:
    """A buffer that is an average of a parameter.

    Args:
        buffer, tensor: its name, and the parameter's. keep: the share of the old that it keeps, at the last update.
        first: the same at the first that shows it, which is another one where the average is a mean of all.
    """

    buffer: str
    tensor: str
    keep: float
    first: float

    @property
    def steady(self) -> bool:
        """Whether the share is the same at all updates."""
        return abs(self.keep - self.first) <= OTHER * (1 - self.keep)


def averages_of(trace: Trace, at: Array) -> dict[str, Average]:
    """The buffers that are s = d s + (1 - d) theta of a parameter, by the parameter's name; d may grow from 0 to 1.

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
            if (keeps := _kept(kept, theta)) is not None:
                first, last = float(keeps[0]), float(keeps[-1])
                found[tensor_name] = Average(buffer=name, tensor=tensor_name, keep=last, first=first)
    return found


def _kept(average: Array, theta: Array) -> Array | None:
    """What share of the old an average (n, k) of parameters (n, k) keeps at each update; None if it is none of them."""
    before, error, moved = average[:-1] - theta[1:], average[1:] - theta[1:], np.diff(average, axis=0)
    square = np.square(before).sum(axis=1)
    told = square > 0
    if not told.any():
        return None
    along = (before * error).sum(axis=1)
    steady = np.full(int(told.sum()), along.sum() / square.sum())
    by_step = [along[told] / square[told]] if average.shape[1] >= FEWEST else []
    for keeps in (steady, *by_step):
        left = np.linalg.norm(error[told] - keeps[:, None] * before[told])
        shares = (keeps > 0).all() and (keeps < 1).all() and (np.diff(keeps) >= -OTHER).all()
        if shares and left <= FIT * np.linalg.norm(moved[told]) + 1e-6 * np.linalg.norm(average):
            return keeps
    return None


def _same(one: Array | None, other: Array | None) -> bool:
    """Whether two samples are the same; None is all elements."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def average_causes(both: Both, averages: list[dict[str, Average]]) -> list[Cause]:
    """The parameters whose averages keep another share of the old on each side."""
    keeps: dict[tuple[float, float], list[str]] = {}
    others: list[tuple[str, Average, Average]] = []
    for pair in both.pairs:
        a, b = averages[0].get(pair.name), averages[1].get(pair.other)
        if a is None or b is None:
            continue
        if a.steady != b.steady:
            others.append((pair.name, a, b))
        elif abs(a.keep - b.keep) > OTHER * (1 - min(a.keep, b.keep)):
            keeps.setdefault((share_of(a.keep), share_of(b.keep)), []).append(pair.name)
    decays = [
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
    return [*decays, *_means(both, others)]


def _means(both: Both, found: Sequence[tuple[str, Average, Average]]) -> Iterator[Cause]:
    """One side's average keeps the same share of the old at each update, the other's more and more: a mean of all."""
    if not found:
        return
    _, a, b = found[0]
    side, other, moving, mean = ("A", "B", a, b) if a.steady else ("B", "A", b, a)
    yield Cause(
        rung=STATE,
        step=int(both.steps[0]),
        cause="average of another kind",
        number=None,
        says=f"They part at step {both.steps[0]} in the average of the weights: {side}'s keeps "
        f"{share_of(moving.keep):.6g} of the old at each update, {other}'s more and more, from {mean.first:.3g} to "
        f"{mean.keep:.3g}, as a mean of all does.",
        remedy="Give both the same: in torch AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay)), in Keras "
        "use_ema=True, ema_momentum=decay.",
        tensors=tuple(name for name, *_ in found),
    )


def share_of(keep: float) -> float:
    """The nearest number that people write: 1 minus one of two digits, where it is that."""
    written = 1 - snapped(1 - keep)
    return written if abs(written - keep) <= 0.02 * (1 - keep) else keep
