"""Averages of the weights that a training keeps beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.diff.seen import snapped
from comparisons.traces.rounding import unit
from comparisons.traces.trace import Array, Tensor, Trace

STATE = "side state"
FIT = 1e-3  # relative: what an average of the weights may leave over of itself
ROUNDED = 1e-6  # relative to an average: what it may leave over, too, as it is rounded
FEWEST = 4  # elements that tell the share of each update: of one, any share does
OTHER = 2e-3  # of a share that is kept: larger differences are no noise of the fit
AVERAGE = "average"  # what recorders call one: torch's buffers average/<name>, and the state of Keras's optimizers
SHOWN = 4  # shares that go by step


@dataclass(frozen=True, kw_only=True, eq=False)
class Average:
    """An average of a parameter.

    Args:
        buffer: its name; "" of one that the optimizer keeps. tensor: the parameter's.
        keep: the share of the old that it keeps at each step; None where no one share explains it.
        steps: how many of its steps there are to an update: more where it is stepped at each batch of several.
        kept, theta: (n, k): the average and the parameter after each update.
        unit: of the coarser of the dtypes that they are held and recorded in: what an average is rounded to.
    """

    buffer: str
    tensor: str
    keep: float | None
    steps: int
    kept: Array
    theta: Array
    unit: float

    @property
    def noise(self) -> float:
        """What rounding may make of the share."""
        return self.unit * float(np.linalg.norm(self.kept) / np.linalg.norm(self.kept[:-1] - self.theta[1:]))

    def keeps_as(self, other: "Average") -> bool:
        """Whether the shares are the same but for rounding."""
        if self.keep is None or other.keep is None or self.steps != other.steps:
            return False
        fitted = OTHER * (1 - min(self.keep, other.keep))
        return abs(self.keep - other.keep) <= fitted + self.noise + other.noise


def averages_of(trace: Trace, at: Array) -> dict[str, Average]:
    """The averages by the parameter's name: what is called one, and buffers that are s = d s + (1 - d) theta of it.

    Of these d is the same at all updates, or rises, as that of a mean of all does.

    Args:
        at: the updates to look at, (n,) int64, which follow each other.
    """
    found = dict[str, Average]()
    dtypes = trace.about.get("dtypes", {})
    for name, tensor in trace.tensors.items():
        theta = _rows(tensor.after, at)
        for buffer, values in _candidates(trace, name, tensor):
            kept = _rows(values, at)
            keep, steps = _keep(kept, theta), 1
            if keep is None and _called(buffer, name):
                keep, steps = _at_each_batch(kept, theta)
            held = max(unit(dtypes.get(name, "float64")), float(np.finfo(values.dtype).eps))
            one = Average(buffer=buffer, tensor=name, keep=keep, steps=steps, kept=kept, theta=theta, unit=held)
            if keep is not None or _called(buffer, name) or _rising(one):
                found[name] = one
                break
    return found


def has_averages(trace: Trace) -> bool:
    """Whether there is one by its name."""
    of_optimizer = any(AVERAGE in tensor.state for tensor in trace.tensors.values())
    return of_optimizer or any(name.startswith(f"{AVERAGE}/") for name in trace.buffers)


def _called(buffer: str, tensor: str) -> bool:
    return buffer in ("", f"{AVERAGE}/{tensor}")


def _candidates(trace: Trace, name: str, tensor: Tensor) -> Iterator[tuple[str, Array]]:
    """What may be the tensor's average, with its name: what is called so, then all buffers of its shape."""
    own = tensor.state.get(AVERAGE)
    if own is not None and own.shape == tensor.after.shape:
        yield "", own
    for buffer in sorted(trace.buffers, key=lambda buffer: not _called(buffer, name)):
        values = trace.buffers[buffer]
        alike = _same(trace.buffer_samples.get(buffer), tensor.sample)
        if alike and values.shape[1:] == tensor.after.shape[1:] and np.issubdtype(values.dtype, np.floating):
            yield buffer, values


def _rows(values: Array, at: Array) -> Array:
    return np.asarray(values, np.float64)[at].reshape(len(at), -1)


def _same(one: Array | None, other: Array | None) -> bool:
    """Whether two samples are the same; None is all elements."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _keep(kept: Array, theta: Array) -> float | None:
    """The share of the old, by least squares; None if no share between 0 and 1 explains it."""
    before, error = kept[:-1] - theta[1:], kept[1:] - theta[1:]
    if len(kept) < 3 or not before.any():
        return None
    keep = float((before * error).sum() / (before * before).sum())
    left = np.linalg.norm(error - keep * before)
    near = left <= FIT * np.linalg.norm(kept[1:] - kept[:-1]) + ROUNDED * np.linalg.norm(kept)
    return keep if 0 < keep < 1 and near else None


def _at_each_batch(kept: Array, theta: Array) -> tuple[float | None, int]:
    """The share of an average that is stepped at each of n batches to an update, and n; (None, 1) if it is none.

    The weights are the old ones at all of these but the last: s' = d^n s + (d - d^n) old + (1 - d) theta.
    """
    if len(kept) < 4:
        return None, 1
    before, moved, error = kept[:-1] - theta[1:], theta[:-1] - theta[1:], kept[1:] - theta[1:]
    columns = np.stack([before.ravel(), moved.ravel()], axis=1)
    (whole, more), *_ = np.linalg.lstsq(columns, error.ravel())
    left = np.linalg.norm(error.ravel() - columns @ (whole, more))
    keep = float(whole + more)
    if not 0 < whole < keep < 1 or left > FIT * np.linalg.norm(np.diff(kept, axis=0)) + ROUNDED * np.linalg.norm(kept):
        return None, 1
    steps = float(np.log(whole) / np.log(keep))
    return (keep, round(steps)) if abs(steps - round(steps)) < 0.05 * steps else (None, 1)


def _rising(average: Average) -> bool:
    """Whether a share of the old explains each update, and it never falls."""
    if len(average.kept) < 3 or average.kept.shape[1] < FEWEST:
        return False
    shares, noise, fits = _shares([average])
    told = noise < 1
    return bool(fits and told.any() and _is_rising(shares[told]) and shares[told][0] > 0 and shares[told][-1] < 1)


def _is_rising(shares: Array) -> bool:
    return bool((np.diff(shares) >= -OTHER).all())


def average_causes(both: Both, averages: list[dict[str, Average]]) -> list[Cause]:
    """The parameters whose averages keep another share of the old on each side."""
    found = [(pair.name, averages[0].get(pair.name), averages[1].get(pair.other)) for pair in both.pairs]
    pairs = [(name, a, b) for name, a, b in found if a is not None and b is not None]
    parted = [one for one in pairs if one[1].keep and one[2].keep and not one[1].keeps_as(one[2])]
    groups: list[list[tuple[str, Average, Average]]] = []
    for name, a, b in sorted(parted, key=lambda one: one[1].noise + one[2].noise):
        for group in groups:
            if group[0][1].keeps_as(a) and group[0][2].keeps_as(b):
                group.append((name, a, b))
                break
        else:
            groups.append([(name, a, b)])
    others = {name: (a, b) for name, a, b in pairs if a.keep is None or b.keep is None}
    return [*(_decays(both, group) for group in groups), *_by_step(both, others)]


def _decays(both: Both, pairs: list[tuple[str, Average, Average]]) -> Cause:
    _, a, b = pairs[0]
    ours, theirs = share_of(a.keep or 0.0), share_of(b.keep or 0.0)
    turned = abs(ours + theirs - 1) <= 1e-3
    remedy = f"Give both a decay of {ours:.6g}, or of {theirs:.6g}."
    if min(a.steps, b.steps) == 1 < (batches := max(a.steps, b.steps)):
        whole = theirs if a.steps > 1 else ours
        remedy = (
            f"Keras steps its average at each batch: a decay of {whole ** (1 / batches):.6g} remembers as long there."
        )
    there = {name for name, *_ in pairs}
    return Cause(
        rung=STATE,
        step=int(both.steps[0]),
        cause="decay of the average",
        number=theirs,
        says=f"They part at step {both.steps[0]} in the average of the weights: A's keeps {ours:.6g} of the old"
        f"{_clock(a)}, B's {theirs:.6g}{_clock(b)}" + (": one's decay is 1 minus the other's." if turned else "."),
        remedy=remedy,
        tensors=tuple(pair.name for pair in both.pairs if pair.name in there),
    )


def _clock(average: Average) -> str:
    return f" at each of {average.steps} batches to an update" if average.steps > 1 else ""


def _by_step(both: Both, pairs: Mapping[str, tuple[Average, Average]]) -> Iterator[Cause]:
    """Of averages of which one at least keeps no one share: those shares that go by step, where they are not the same.

    All tensors have one share at each step, which the smallest alone would not show.
    """
    sides = [_shares([pair[side] for pair in pairs.values()]) for side in (0, 1)]
    if not pairs or len(sides[0][0]) < 2:
        return
    (a, noise_a, fits_a), (b, noise_b, fits_b) = sides
    far = np.abs(a - b) > OTHER * (1 - np.minimum(a, b)) + noise_a + noise_b
    if fits_a == fits_b and not (fits_a and far.any()):
        return
    told = [_told(shares, fits) for shares, fits in ((a, fits_a), (b, fits_b))]
    yield Cause(
        rung=STATE,
        step=int(both.steps[0]),
        cause="average of another kind",
        says=f"They part at step {both.steps[0]} in the average of the weights: A's {told[0]}, B's {told[1]}.",
        remedy="Give both the same: in torch AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay)), in Keras "
        "use_ema=True, ema_momentum=decay.",
        tensors=tuple(pairs),
        certain=fits_a and fits_b,
    )


def _shares(averages: list[Average]) -> tuple[Array, Array, bool]:
    """Of all the averages at each update but the first: the share of the old, its rounding, and whether it explains."""
    if not averages:
        return np.zeros(0), np.zeros(0), False
    kept = np.concatenate([one.kept for one in averages], axis=1)
    theta = np.concatenate([one.theta for one in averages], axis=1)
    before, error = kept[:-1] - theta[1:], kept[1:] - theta[1:]
    square = np.square(before).sum(axis=1)
    shares = np.divide((before * error).sum(axis=1), square, out=np.zeros(len(square)), where=square > 0)
    rounding = max(ROUNDED, *(one.unit for one in averages)) * np.linalg.norm(kept[1:], axis=1)
    left = np.linalg.norm(error - shares[:, None] * before, axis=1)
    moved = np.linalg.norm(kept[1:] - kept[:-1], axis=1)
    noise = np.divide(rounding, np.sqrt(square), out=np.ones(len(square)), where=square > 0)
    return shares, noise, bool((left <= FIT * moved + rounding).all())


def _told(shares: Array, fits: bool) -> str:
    """How an average is made: by one share, by more and more of the old, or as its first shares are."""
    if not fits:
        return "is made of the weights after each update by no share of the old"
    if np.ptp(shares) <= OTHER * (1 - shares.min()):
        return f"keeps {share_of(float(shares.mean())):.6g} of the old at each update"
    if _is_rising(shares):
        return f"keeps more and more, from {shares[0]:.3g} to {shares[-1]:.3g}, as a mean of all does"
    some = ", ".join(f"{share:.3g}" for share in shares[:SHOWN])
    return f"keeps {some}, ... of the old from update to update"


def average_notes(both: Both) -> Iterator[str]:
    """That one side has averages, and the other records none."""
    named = [has_averages(trace) for trace in both.traces]
    if all(named) or not any(named + [bool(trace.buffers) for trace in both.traces]):
        return
    found = [averages_of(trace, at[: both.run]) for trace, at in zip(both.traces, both.at, strict=True)]
    there = [bool(of) or one for of, one in zip(found, named, strict=True)]
    for side, other, of, here, beside in zip("AB", "BA", found, there, reversed(there), strict=True):
        if here and not beside:
            keeps = {share_of(one.keep) for one in of.values() if one.keep is not None}
            decay = f" which keeps {min(keeps):.6g} of the old," if len(keeps) == 1 else ""
            yield f"{side} has an average of the weights,{decay} and {other} records none: it was not compared."


def share_of(keep: float) -> float:
    """The nearest number that people write: 1 minus one of two digits, where it is that."""
    written = 1 - snapped(1 - keep)
    return written if abs(written - keep) <= 0.02 * (1 - keep) else keep
