"""Two curves of losses: where they part, how far, and what their shape says of the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comparisons.analysis.gaps import absolute_gap
from comparisons.diff.alignment import Aligned, align
from comparisons.diff.curve_bounds import digit_bounds, float_bounds
from comparisons.diff.curve_file import Curve, read_curve
from comparisons.diff.growth import doubled
from comparisons.diff.record import Cause, Diff, Rung
from comparisons.diff.shapes import Shape, Sides, shapes
from comparisons.inputs.text import visible
from comparisons.names import BadInput
from comparisons.traces.trace import Array

SELDOM = 0.1  # of the steps: where more of them begin an epoch, that this one does tells nothing
DIGITS = 6  # of a loss in a sentence; more where two are the same to so many
ALIKE = 10  # times what the best shape leaves over: one that leaves less is as good
NEGLIGIBLE = 1e-3  # of a gap: what is left over is none of it


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two curves at their n common steps.

    Args:
        steps: (n,) A's. a, b: (n,) the losses. gap: (n,) between them. rounding: (n,) what float32's may make of it.
            bound: (n,) that, and what the digits leave open. aligned, curves: where they come from.
    """

    steps: Array
    a: Array
    b: Array
    gap: Array
    rounding: Array
    bound: Array
    aligned: Aligned
    curves: tuple[Curve, Curve]


def diff_curves(one: Path, other: Path, columns: tuple[str | None, str | None] = (None, None)) -> Diff:
    """Two CSV files of losses, aligned by step.

    Args:
        one, other: A and B. columns: that of the loss, in each.

    Raises:
        BadInput: as `read_curve`; or they have no step in common.
    """
    a, b = read_curve(one, columns[0]), read_curve(other, columns[1])
    aligned = align(a, b)
    if not len(aligned.steps):
        raise BadInput(
            f"{one} and {other}: have no step in common ({a.steps[0]} to {a.steps[-1]}, {b.steps[0]} to {b.steps[-1]}); "
            "give files whose steps are counted alike"
        )
    pair = _pair(aligned, a, b)
    causes = tuple(_causes(pair)) if (pair.gap > pair.bound).any() else ()
    identical = not pair.gap.any()
    says = causes[0].says if causes else _together(pair, identical=identical)
    return Diff(
        names=(visible(str(one)), visible(str(other))),
        kind="curves",
        verdict="identical" if identical else "different" if causes else "rounding",
        first_break=causes[0] if causes else None,
        breaks=causes,
        rungs=(Rung(rung="loss", state="broken" if causes else "ok", says=says, causes=causes),),
        rounding_bound=float(pair.bound.max() / (np.abs([pair.a, pair.b]).max() or 1.0)),
        curves=((a.steps, a.losses), (aligned.renumbered, b.losses)),
        bounds=(pair.steps, pair.bound),
        notes=tuple(_notes(pair)),
    )


def _pair(aligned: Aligned, a: Curve, b: Curve) -> Pair:
    losses = a.losses[aligned.at[0]], b.losses[aligned.at[1]]
    gap = absolute_gap(*losses)
    rounding = float_bounds(aligned.steps, *losses)
    resolutions = a.resolution[aligned.at[0]], b.resolution[aligned.at[1]]
    return Pair(
        steps=aligned.steps,
        a=losses[0],
        b=losses[1],
        gap=gap,
        rounding=rounding,
        bound=rounding + digit_bounds(gap, resolutions, rounding),
        aligned=aligned,
        curves=(a, b),
    )


def _together(pair: Pair, *, identical: bool) -> str:
    if identical:
        where = f"all {len(pair.steps)} common steps" if len(pair.steps) > 1 else "the one common step"
        return f"The losses are the same, as they are written, at {where}."
    if (pair.gap <= pair.rounding).all():
        return f"The losses differ by no more than rounding in float32 makes: by up to {pair.gap.max():.1e}."
    return f"The losses differ by rounding and the digits that are not written only: by up to {pair.gap.max():.1e}."


def _notes(pair: Pair) -> Iterator[str]:
    """How the files were read, and what was not compared."""
    sides = list(zip("AB", "BA", pair.curves, strict=True))
    yield from (f"{name}'s rows {note}" for name, _, curve in sides for note in curve.notes)
    if pair.aligned.note:
        yield pair.aligned.note
    for name, other, curve in sides:
        if alone := len(curve.steps) - len(pair.steps):
            are, they = ("are", "they were") if alone > 1 else ("is", "it was")
            yield f"{alone} of {name}'s steps {are} not in {other}: {they} not compared"
    for name, _, curve in sides:
        if (unit := 2 * float(np.median(curve.resolution))) > np.median(pair.rounding):
            yield f"{name}'s losses are written to about {unit:.0e}: what is smaller is not seen"


def _causes(pair: Pair) -> Iterator[Cause]:
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
        yield _likely(pair.steps[first], "epoch boundary", step, "They part where an epoch begins.")
    sides = _sides(pair)
    if (steps := doubled(sides.a, sides.b, pair.bound / sides.unit)) is not None:
        words = f"Their gap grows from rounding, or from a difference as small: it doubles every {steps:.3g} steps."
        yield _likely(pair.steps[first], "rounding, amplified", steps, words)
    if found := shapes(sides):
        good = [shape for shape in found if shape.left <= max(ALIKE * found[0].left, NEGLIGIBLE)]
        number = good[0].number if len(good) == 1 else None
        yield _likely(pair.steps[first], " or ".join(shape.cause for shape in good), number, _says(good))


def _likely(step: int, cause: str, number: float | None, says: str) -> Cause:
    return Cause(rung="loss", step=int(step), cause=cause, number=number, says=f"Likely: {says}", certain=False)


def _says(good: list[Shape]) -> str:
    if len(good) > 1:
        return f"{'; or '.join(shape.says for shape in good)}. Each explains the gap: the curves do not tell which it is."
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


def _sides(pair: Pair) -> Sides:
    """The losses in units of about the largest, so that squares of them are finite."""
    unit = float(2.0 ** np.frexp(np.abs([pair.a, pair.b]).max())[1].clip(-1000, 1000))
    resolutions = [curve.resolution[at] for curve, at in zip(pair.curves, pair.aligned.at, strict=True)]
    opened = [
        (float_bounds(pair.steps, losses, losses) / 2 + resolution) / unit
        for losses, resolution in zip((pair.a, pair.b), resolutions, strict=True)
    ]
    a, b = pair.a / unit, pair.b / unit
    return Sides(a=a, b=b, open_a=opened[0], open_b=opened[1], unit=unit, strides=np.diff(pair.steps))
