"""Two curves of losses: where they part, how far, and what their shape says of the reason."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.diff.curve_file import Curve, read_curve
from comparisons.diff.record import Cause, Diff, Rung
from comparisons.inputs.text import visible
from comparisons.names import BadInput
from comparisons.traces.trace import Array

EPSILON = float(np.finfo(np.float32).eps)  # a file does not say in which dtype its losses were computed
EXPLAINED = 0.1  # of the gap's root mean square: a shape that leaves over more is not named
LONGEST = 50  # steps of an offset or a window
FEWEST = 6  # common steps that a shape is told by

FASTEST = 4  # times: of a curve that runs faster, fewer steps have one of the other beside them

Shape = tuple[str, float, str, float]  # cause, number, words, what share of the gap it leaves over


def diff_curves(one: Path, other: Path, column: str | None = None) -> Diff:
    """Two CSV files of losses, aligned by step.

    Raises:
        BadInput: as `read_curve`; or they have no step in common.
    """
    a, b = read_curve(one, column), read_curve(other, column)
    steps, at_a, at_b = np.intersect1d(a.steps, b.steps, return_indices=True)
    if not len(steps):
        raise BadInput(
            f"{one} and {other}: have no step in common ({a.steps[0]} to {a.steps[-1]}, {b.steps[0]} to {b.steps[-1]})"
        )
    losses = a.losses[at_a], b.losses[at_b]
    largest = float(np.abs(losses).max()) or 1.0
    bound = ROUNDING_EPSILONS * EPSILON * largest + a.resolution + b.resolution
    gap = np.abs(losses[0] - losses[1])
    causes = tuple(_causes(steps, losses, gap, bound, (a, b))) if (gap > bound).any() else ()
    identical = bool((gap == 0).all())
    says = causes[0].says if causes else _together(gap, largest, identical=identical)
    return Diff(
        names=(visible(str(one)), visible(str(other))),
        kind="curves",
        verdict="identical" if identical else "different" if causes else "rounding",
        first_break=causes[0] if causes else None,
        breaks=tuple(causes),
        rungs=(Rung(rung="loss", state="broken" if causes else "ok", says=says, causes=causes),),
        rounding_bound=bound / largest,
        curves=((a.steps, a.losses), (b.steps, b.losses)),
        notes=_notes(steps, (a, b)),
    )


def _together(gap: Array, largest: float, *, identical: bool) -> str:
    if identical:
        return f"The losses are the same at all {len(gap)} common steps."
    return f"The losses differ by rounding only: by up to {gap.max() / largest:.1e} of the largest."


def _notes(steps: Array, sides: tuple[Curve, Curve]) -> tuple[str, ...]:
    """What was not compared."""
    alone = [len(side.steps) - len(steps) for side in sides]
    return tuple(
        f"{count} of {name}'s steps are not in {other}: they were not compared"
        for count, name, other in zip(alone, "AB", "BA", strict=True)
        if count
    )


def _causes(
    steps: Array, losses: tuple[Array, Array], gap: Array, bound: float, sides: tuple[Curve, Curve]
) -> Iterator[Cause]:
    """That they part, and what is likely behind it, the likeliest first."""
    first = int((gap > bound).argmax())
    words = (
        f"They part at step {steps[first]}: B's loss is {losses[1][first]:.6g} where A's is {losses[0][first]:.6g}; "
        f"at the end, step {steps[-1]}, {losses[1][-1]:.6g} and {losses[0][-1]:.6g}."
    )
    yield Cause(rung="loss", step=int(steps[first]), cause="gap", number=float(gap[first]), says=words)
    if any(steps[first] in side.epoch_starts for side in sides):
        yield _likely(steps[first], "epoch boundary", float(steps[first]), "They part where an epoch begins.")
    if (doubled := _amplified(gap, first, bound)) is not None:
        words = f"Their gap grows from rounding: it doubles every {doubled:.3g} steps, without a jump."
        yield _likely(steps[first], "rounding, amplified", doubled, words)
    if len(steps) < FEWEST:
        return
    cause, number, words, left = min(_shapes(*losses, np.diff(steps)), key=lambda shape: shape[3])
    if left < EXPLAINED:
        yield _likely(steps[first], cause, number, f"{words}: that leaves over {left:.2g} of the gap.")


def _likely(step: int, cause: str, number: float, says: str) -> Cause:
    return Cause(rung="loss", step=int(step), cause=cause, number=number, says=f"Likely: {says}", certain=False)


def _amplified(gap: Array, first: int, bound: float) -> float | None:
    """In how many steps a gap doubles that grows out of rounding: at no step tenfold, over ten steps at least."""
    seen = np.flatnonzero(gap[: first + 1])
    if len(seen) < 10 or seen[0] == first:
        return None
    grown = np.maximum.accumulate(gap[seen[0] : first + 1])
    if (grown[1:] > 10 * np.maximum(grown[:-1], bound / 10)).any():
        return None
    doublings = float(np.log2(grown[-1] / grown[0]))
    return (first - seen[0]) / doublings if doublings > 1 else None


def _shapes(a: Array, b: Array, strides: Array) -> Iterator[Shape]:
    """What one curve may be of the other, each with its number."""
    gap = b - a
    ratio = float(a @ b / (a @ a)) if a.any() else 1.0
    yield "constant factor", ratio, f"B's losses are {ratio:.6g} times A's", _left(b - ratio * a, gap)
    shift = float(np.mean(b - a))
    yield "constant offset", shift, f"B's losses are A's {shift:+.6g}", _left(gap - shift, gap)
    if (strides == strides[0]).all():
        stride = int(strides[0])
        for k in range(1, min(LONGEST, len(a) // 4) + 1):
            ahead, behind = _left(b[:-k] - a[k:], gap[:-k]), _left(b[k:] - a[:-k], gap[k:])
            yield "steps offset", float(k * stride), f"B's step 0 is A's step {k * stride}", ahead
            yield "steps offset", float(-k * stride), f"A's step 0 is B's step {k * stride}", behind
        yield from _smoothed(a, b, "B", "A")
        yield from _smoothed(b, a, "A", "B")
        yield _scaled(a, b)


def _smoothed(a: Array, b: Array, name: str, other: str) -> Iterator[Shape]:
    """b as a mean of a: exponential, over a window, or since the start of each period, as Keras logs it."""
    before, error = b[:-1] - a[1:], b[1:] - a[1:]
    keep = float(before @ error / (before @ before)) if before.any() else 0.0
    if 0 < keep < 1:
        words = f"{name}'s losses are {other}'s, smoothed with {keep:.4g} of the mean before"
        left = error - keep * before
        yield "smoothing", keep, words, max(_left(left, error), _left(left, np.diff(b)))  # not merely slow itself
    sums = np.concatenate([[0.0], np.cumsum(a)])
    for window in range(2, min(LONGEST, len(a) // 2) + 1):
        mean = (sums[window:] - sums[:-window]) / window
        yield (
            "smoothing",
            float(window),
            f"{name}'s losses are means of {window} of {other}'s",
            _left(b[window - 1 :] - mean, (b - a)[window - 1 :]),
        )
    at = np.arange(len(a))
    for period in range(2, len(a) + 1):
        start = at - at % period
        words = f"{name}'s losses are means of {other}'s since the start of each {period} steps, as Keras logs them"
        yield "smoothing", float(period), words, _left(b - (sums[at + 1] - sums[start]) / (at - start + 1), b - a)


def _scaled(a: Array, b: Array) -> Shape:
    """b as a, run through faster or slower: what another learning rate makes of a smooth curve, at first."""
    at = np.arange(len(a), dtype=np.float64)

    def left(speed: float) -> float:
        within = at * speed <= at[-1]
        return _left(b[within] - np.interp(at[within] * speed, at, a), (b - a)[within])

    speed = _least(left)
    words = f"B goes A's way {speed:.3g} times as fast, as with {speed:.3g} times the learning rate"
    return "learning rate scaled", speed, words, left(speed)


def _least(left: Callable[[float], float]) -> float:
    """The speed that leaves least over: on a grid, then on a finer one around its best."""
    grid = np.geomspace(1 / FASTEST, FASTEST, 65)
    for _ in range(3):
        best = int(np.argmin([left(speed) for speed in grid]))
        grid = np.geomspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], 33)
    return float(grid[16])


def _left(left: Array, gap: Array) -> float:
    """What is left over of a gap, as a share of it; all, where there is none."""
    whole = float(np.linalg.norm(gap))
    return float(np.linalg.norm(left)) / whole if whole else 1.0
