"""How much of the gap between two curves each factor makes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from comparisons.analysis.factors import Factor, factors, subsets
from comparisons.analysis.measures import Measure, logs, measured, parting
from comparisons.analysis.parts import Subject
from comparisons.analysis.shapley import shapley
from comparisons.names import Dtype
from comparisons.rules.canonical_training import canonical_of
from comparisons.tasks.streams import Array


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """The gap from the curve of a source to that of a target, as a sum: what each factor contributes, and rounding.

    Args:
        factors, contributions: what differs, and what each makes of the gap: its Shapley value.
        measured: the gap between the two frameworks' own curves.
        parts_at: the first step at which the reference's curves of the two rules differ by more than rounding; None
            if there is none. parted_by: the factor whose Shapley value at that step is the largest.
        diverging: the fewest factors with which the reference diverges, if neither rule does; none if it never does.
    """

    dtype: Dtype
    factors: tuple[Factor, ...]
    contributions: tuple[Measure, ...]
    measured: Measure
    parts_at: int | None
    parted_by: Factor | None
    diverging: tuple[Factor, ...] = ()

    @property
    def rounding(self) -> Measure:
        """What the factors leave over."""
        return Measure(*(whole - sum(parts) for whole, *parts in zip(self.measured, *self.contributions, strict=True)))


def needed(source: Subject, target: Subject) -> list[Subject]:
    """The rules whose curves it takes; none where the two are the same rule."""
    switched = factors(source, target)
    return [*subsets(source, target, switched)] if switched else []


def attribute(
    rules: tuple[Subject, Subject], curves: tuple[Array, Array], trained: Mapping[Subject, Array], dtype: Dtype
) -> Attribution:
    """Take the gap from the first of two curves to the second apart.

    Args:
        rules: of the source and of the target.
        curves: the losses (steps,) that their frameworks measured.
        trained: canonical rule to the losses (steps,) of the reference, for all the rules that are `needed`.

    Raises:
        BadInput: as `factors`.
    """
    switched = factors(*rules)
    gap = measured(logs(curves[1], dtype) - logs(curves[0], dtype))
    if not switched:
        return Attribution(dtype=dtype, factors=(), contributions=(), measured=gap, parts_at=None, parted_by=None)
    losses = np.stack([trained[canonical_of(rule)] for rule in subsets(*rules, switched)])
    values = shapley(logs(losses, dtype))
    step = parting(losses[0], losses[-1], dtype)
    return Attribution(
        dtype=dtype,
        factors=switched,
        contributions=tuple(measured(value) for value in values),
        measured=gap,
        parts_at=step,
        parted_by=None if step is None else switched[int(np.abs(values[:, step]).argmax())],
        diverging=_diverging(losses, switched),
    )


def _diverging(losses: Array, switched: tuple[Factor, ...]) -> tuple[Factor, ...]:
    diverges = np.array(~np.isfinite(losses).all(axis=-1))
    if diverges[0] or diverges[-1] or not diverges.any():
        return ()
    fewest = min(np.flatnonzero(diverges).tolist(), key=int.bit_count)
    return tuple(factor for i, factor in enumerate(switched) if fewest >> i & 1)
