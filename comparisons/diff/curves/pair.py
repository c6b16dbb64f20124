"""Two curves of losses at their common steps, and how far rounding and digits may take them apart there."""

from dataclasses import dataclass

from comparisons.analysis.gaps import absolute_gap
from comparisons.diff.curves.alignment import Aligned
from comparisons.diff.curves.bounds import digit_bounds, float_bounds
from comparisons.diff.curves.file import Curve
from comparisons.traces.trace import Array


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


def pair_of(aligned: Aligned, a: Curve, b: Curve) -> Pair:
    """The losses of curves that have a step in common."""
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
