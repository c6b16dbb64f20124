"""What a step made of each tensor on both sides, of the elements whose gradients are the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.diff.seen import EXPLAINED
from comparisons.traces.trace import Array

UPDATE = "update"
NEAR = 0.01  # relative: elements whose gradients have been nearer than that at all steps so far are judged
NUMBERS = 1024  # units in the last place: Keras holds a rule's numbers in the dtype, and 1 - 0.999 loses three digits
FEWEST = 0.1  # of the elements of a tensor, with a gradient, that are judged
AMPLIFIED = 20  # times the difference of gradients: what an update may make of it
TWICE = 2  # times the share of a single gradient that differs: what its update may, by its mean and by its size
ULPS = 4  # of the parameters: what their rounding makes of an update


@dataclass(frozen=True, kw_only=True, eq=False)
class Moves:
    """What a step made of the elements of a tensor that are judged: (k,) each."""

    name: str
    a: Array
    b: Array
    theta: Array
    first: tuple[Array, Array, Array]  # A's first update of them, B's gradient now, and A's first gradient
    bound: float


def moves_at(pair: Pair, t: int) -> Moves | None:
    """The elements whose gradients are the same up to step t; None if there are none, or too few to judge by."""
    ga, gb = pair.a.led_by, pair.b.led_by
    if ga is None or gb is None:
        return None
    ga, gb = ga[: t + 1], gb[: t + 1]
    near = (np.abs(gb - ga) <= NEAR * np.maximum(np.abs(ga), np.abs(gb))).all(axis=0)
    start = np.abs(pair.b.before[t] - pair.a.before[t]) <= NEAR * np.abs(pair.a.before[t]) + 64 * pair.epsilon
    chosen = near & start
    if (chosen & ga.any(axis=0)).sum() < max(1, FEWEST * chosen.size):
        return None
    gap = np.linalg.norm((gb - ga)[:, chosen]) / (np.linalg.norm(ga[:, chosen]) or 1.0)
    a, b = (getattr(pair, side).after[t, chosen] - getattr(pair, side).before[t, chosen] for side in ("a", "b"))
    theta = pair.a.before[t, chosen]
    scale = float(np.maximum(np.abs(theta), np.abs(pair.a.after[t, chosen])).max())
    sizes = np.linalg.norm((pair.a.after - pair.a.before)[: t + 1, chosen], axis=1)
    rounding = ULPS * pair.held * scale * np.sqrt(chosen.sum())
    largest = np.maximum(np.abs(ga), np.abs(gb))[:, chosen]
    shares = np.divide(np.abs(gb - ga)[:, chosen], largest, out=np.zeros_like(largest), where=largest > 0).max(axis=0)
    farthest = np.abs((pair.a.after - pair.a.before)[: t + 1, chosen]).max(axis=0)
    each = float(np.linalg.norm(shares * farthest))
    return Moves(
        name=pair.name,
        a=a,
        b=b,
        theta=theta,
        first=(pair.a.after[0, chosen] - pair.a.before[0, chosen], gb[t, chosen], ga[0, chosen]),
        # a mean may have cancelled; and a rule that divides by the size of each gradient makes as much of a small one
        bound=float((AMPLIFIED * gap + NUMBERS * pair.epsilon) * sizes.max() + TWICE * each + rounding),
    )


def made(step: int, cause: str, number: float | None, says: str, remedy: str, tensors: tuple[str, ...] = ()) -> Cause:
    """A cause on the rung of the update."""
    return Cause(rung=UPDATE, step=step, cause=cause, number=number, says=says, remedy=remedy, tensors=tensors)


def ratio_of(of: Sequence[Moves]) -> float:
    """What B's updates are of A's, by least squares."""
    whole = sum(float(one.a @ one.a) for one in of)
    return sum(float(one.a @ one.b) for one in of) / whole if whole else 1.0


def fits(one: Moves, b: Array) -> bool:
    """Whether what is left over of B's is rounding."""
    grown = max(1.0, float(np.linalg.norm(one.b)) / (float(np.linalg.norm(one.a)) or 1.0))
    return bool(np.linalg.norm(one.b - b) <= 4 * one.bound * grown)


def explains(of: Sequence[Moves], fitted: Sequence[Array]) -> bool:
    """Whether a fit of B's leaves rounding over in each tensor, and hardly anything of their difference."""
    left = sum(float(np.square(one.b - b).sum()) for one, b in zip(of, fitted, strict=True))
    whole = sum(float(np.square(one.b - one.a).sum()) for one in of)
    return all(fits(one, b) for one, b in zip(of, fitted, strict=True)) and left <= EXPLAINED**2 * whole


def fits_size(one: Moves, update: Array, wanted: Array) -> bool:
    """Whether an update of either side is what is wanted, but for rounding."""
    return bool(np.linalg.norm(update - wanted) <= 4 * one.bound)
