"""What is said of two curves that part: where and how far, and what is likely behind it."""

import math
from collections.abc import Iterator

import numpy as np

from comparisons.diff.curves.bounds import float_bounds
from comparisons.diff.curves.coarser import coarser
from comparisons.diff.curves.file import Curve
from comparisons.diff.curves.first import factor_at_first
from comparisons.diff.curves.growth import doubled
from comparisons.diff.curves.pair import Pair
from comparisons.diff.curves.rounded import rounded
from comparisons.diff.curves.shapes import NEGLIGIBLE, Shape, Sides, best_of, shapes
from comparisons.diff.record import Cause
from comparisons.traces.trace import Array

SELDOM = 0.1  # of the steps: where more of them begin an epoch, that this one does tells nothing
DIGITS = 6  # of a loss in a sentence; more where two are the same to so many


def causes_of(pair: Pair) -> Iterator[Cause]:
    """That they part, and what is likely behind it, the likeliest first."""
    first = int((pair.gap > pair.bound).argmax())
    a, b = _told_apart(pair.a[first], pair.b[first])
    words = f"They part at step {pair.steps[first]}: B's loss is {b} where A's is {a}"
    if first < len(pair.steps) - 1:
        a, b = _told_apart(pair.a[-1], pair.b[-1])
        words += f"; at the end, step {pair.steps[-1]}, {b} and {a}"
    gap = float(pair.gap[first])
    yield Cause(rung="loss", step=int(pair.steps[first]), cause="gap", number=gap, says=f"{words}.")
    if any(_begins_epoch(curve, at[first]) for curve, at in zip(pair.curves, pair.aligned.at, strict=True)):
        step = float(pair.steps[first])
        yield _likely(pair.steps[first], "epoch boundary", step, "they part where an epoch begins.")
    unit = _unit(pair)
    ours, theirs = ((curve.steps, curve.losses / unit, _opened(curve) / unit) for curve in pair.curves)
    sides = _sides(pair, ours, theirs, unit)
    seen = pair.bound[first] <= 2 * pair.rounding[first]  # and not hidden by digits that are not written
    if seen and (steps := doubled(sides.a, sides.b, pair.bound / unit)) is not None:
        words = f"their gap grows from rounding, or from a difference as small: it doubles every {steps:.3g} steps."
        yield _likely(pair.steps[first], "rounding, amplified", steps, words)
    if good := best_of([*shapes(sides), *rounded(sides), *coarser(ours, theirs)]):
        number = good[0].number if len(good) == 1 else None
        yield _likely(pair.steps[first], " or ".join(shape.cause for shape in good), number, _says(good))
    elif (factor := factor_at_first(sides, pair.steps)) is not None:
        yield _likely(pair.steps[first], "factor at first", *factor)


def _likely(step: int, cause: str, number: float | None, says: str) -> Cause:
    return Cause(rung="loss", step=int(step), cause=cause, number=number, says=f"Likely: {says}", certain=False)


def _says(good: list[Shape]) -> str:
    if len(good) > 1:
        return (
            f"{'; or '.join(shape.says for shape in good)}. Each explains the gap: the curves do not tell which it is."
        )
    left = good[0].left
    return f"{good[0].says}: that explains all of the gap{f' but {left:.1%}' if left > NEGLIGIBLE else ''}."


def _told_apart(a: float, b: float) -> tuple[str, str]:
    """Both in so many digits as it takes to tell them apart, unless they are the same."""
    for digits in range(DIGITS, 18):  # 17 are all that float64 has
        if a == b or f"{a:.{digits}g}" != f"{b:.{digits}g}":
            break
    return f"{a:.{digits}g}", f"{b:.{digits}g}"


def _begins_epoch(curve: Curve, at: int) -> bool:
    seldom = len(curve.epoch_starts) <= SELDOM * len(curve.steps)
    return seldom and int(curve.steps[at]) in curve.epoch_starts


def _unit(pair: Pair) -> float:
    """About the largest loss: in units of it, squares of losses are finite."""
    largest = max(float(np.abs(curve.losses).max()) for curve in pair.curves)
    return 2.0 ** min(max(math.frexp(largest)[1], -1000), 1000)


def _opened(curve: Curve) -> Array:
    """How far rounding and digits leave each loss open."""
    return float_bounds(curve.steps, curve.losses, curve.losses) / 2 + curve.resolution


def _sides(pair: Pair, a: tuple[Array, ...], b: tuple[Array, ...], unit: float) -> Sides:
    (_, ours, open_a), (_, theirs, open_b) = a, b
    at_a, at_b = pair.aligned.at
    return Sides(
        a=ours[at_a],
        b=theirs[at_b],
        open_a=open_a[at_a],
        open_b=open_b[at_b],
        unit=unit,
        strides=np.diff(pair.steps),
    )
