"""Numbers fitted to steps: least squares after Levenberg and Marquardt, from several starts at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from comparisons.identify.evidence import Evidence, Piece
from comparisons.identify.holding import rough
from comparisons.identify.hypotheses import Hypothesis, one_by_one
from comparisons.identify.leader import starts_of_leader
from comparisons.identify.numbers import TYPICAL, bounds_of, from_scale, to_scale
from comparisons.identify.signs import starts_of_signs
from comparisons.rules import Ftrl, Lion, Muon, Rule
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught

ITERATIONS = 30
APART = 1e-6  # of two points, between which a derivative is taken; on the scale of the fit
STARTS = 3
MANY, FEW = 36, 6  # points of a grid; of rules that are computed one by one
LARGEST = 1e300
LIMIT = "limit"  # of gradients that are clipped: a number beside those of the rule
LENGTHS = ("learning_rate", "weight_decay")  # numbers in which the steps of Muon are linear
UNFELT = 1.0  # of squared roundings: a number that makes less of all residuals stays where it is
FAR, SLOW = 1e5, 0.05  # so far off, a fit that gains no more than this three times is given up


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """The best numbers of a hypothesis for some evidence.

    Args:
        x: (numbers,) on their scales. cost: the mean squared residual, in units of the least rounding.
        slopes: (numbers, residuals) of the residuals there.
    """

    hypothesis: Hypothesis
    x: Array
    cost: float
    slopes: Array

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers, by field."""
        pairs = zip(self.hypothesis.free, self.x, strict=True)
        return {name: float(from_scale(name, value)) for name, value in pairs}


def residuals(hypothesis: Hypothesis, evidence: Evidence, xs: Array) -> Array:
    """(points, residuals): how far the steps are from those of the rule, in units of the least rounding."""
    pairs = zip(hypothesis.free, xs.T, strict=True)
    numbers = {"learning_rate": np.full(len(xs), hypothesis.rule.learning_rate)}
    numbers |= {name: from_scale(name, column) for name, column in pairs}
    return off(hypothesis.rule, numbers, evidence)


def off(rule: Rule, numbers: Mapping[str, Array], evidence: Evidence) -> Array:
    """(points, residuals): the same of a rule, with these numbers (points,) in place of its own, and a clip's limit."""
    count, found = len(numbers["learning_rate"]), []
    own = {name: values for name, values in numbers.items() if name != LIMIT}
    for piece in evidence.pieces:
        made = _along(rule, own, piece, evidence.shape) if isinstance(rule, Muon) else None
        if made is None:
            before, gradients = piece.before.astype(float), piece.gradients.astype(float)
            if evidence.clipping is not None:
                gradients = evidence.clipping.of(gradients, numbers[LIMIT])
            made = taught(rule, own, before, gradients, evidence.shape, piece.momenta)
        if evidence.free:
            made = _at_best_rates(made, piece)
        found.append(((made - piece.after) / sigma_of(rule, piece)).reshape(count, -1))
    return np.concatenate(found, axis=1)


def _along(rule: Muon, numbers: Mapping[str, Array], piece: Piece, shape: Array) -> Array | None:
    """Muon's steps (points, steps, ...), whose directions the gradients alone set; None where decay is a part of them.

    Products are not rounded to bfloat16, of which a step would be a stair: no slope leads from one to the next.
    """
    if rule.weight_decay and rule.weight_decay_coupling == "coupled":
        return None
    smooth = replace(rule, iteration_dtype="parameter", learning_rate=1.0, weight_decay=0.0)
    found = []
    for i, rate in enumerate(numbers["learning_rate"]):
        given: dict[str, Any] = {name: float(values[i]) for name, values in numbers.items() if name not in LENGTHS}
        rates = (rate * shape).reshape(-1, *[1] * (piece.before.ndim - 1))
        decay = numbers["weight_decay"][i] if "weight_decay" in numbers else rule.weight_decay
        step = rates * _directions(replace(smooth, **given), piece)
        last = rates * decay * step if rule.decay_place == "after" else 0.0
        found.append(piece.before * (1 - rates * decay) + step - last)
    return np.stack(found)


@lru_cache(maxsize=64)
def _directions(rule: Muon, piece: Piece) -> Array:
    """(steps, ...): the steps at a rate of 1, float64."""
    nowhere, ones = np.zeros(piece.before.shape), np.ones(len(piece.before))
    return taught(rule, {"learning_rate": ones[:1]}, nowhere, piece.gradients.astype(float), ones)[0]


def _at_best_rates(made: Array, piece: Piece) -> Array:
    """The steps (points, steps, elements), each as long as is nearest to the recorded one."""
    step, taken = (made - piece.before) / piece.sigma, (piece.after.astype(float) - piece.before) / piece.sigma
    with np.errstate(all="ignore"):
        rates = (step * taken).sum(axis=2, keepdims=True) / np.square(step).sum(axis=2, keepdims=True)
        return np.asarray(piece.before + rates * (made - piece.before))


def sigma_of(rule: Rule, piece: Piece) -> Array:
    """The least rounding of each step under the rule."""
    step = np.abs(piece.after.astype(float) - piece.before).reshape(len(piece.before), -1)
    typical = np.sqrt(np.square(step).mean(axis=1)).reshape(-1, *[1] * (piece.before.ndim - 1))
    return np.asarray(piece.sigma + rough(rule) / 8 * typical)


def starts(hypothesis: Hypothesis, evidence: Evidence) -> Array:
    """(starts, numbers): the most promising of a grid, each with the learning rate that suits it."""
    free = hypothesis.free
    if isinstance(hypothesis.rule, Lion):
        return starts_of_signs(hypothesis, evidence)
    if isinstance(hypothesis.rule, Ftrl) and not evidence.free:
        return starts_of_leader(hypothesis, evidence)
    grid = list(product(*(TYPICAL[name] for name in free)))
    most = FEW if one_by_one(hypothesis.rule) else MANY
    if len(grid) > most:
        grid = [grid[i] for i in np.random.default_rng(0).choice(len(grid), most, replace=False)]
    xs = np.array([[float(to_scale(name, value)) for name, value in zip(free, point, strict=True)] for point in grid])
    if not evidence.free:
        xs = _rated(hypothesis, evidence, xs, free.index("learning_rate"))
    costs = _costs(residuals(hypothesis, evidence, xs))
    best = np.argsort(costs, kind="stable")[: 1 if one_by_one(hypothesis.rule) else STARTS]
    return xs[best]


def _rated(hypothesis: Hypothesis, evidence: Evidence, xs: Array, rate: int) -> Array:
    """The points with the rate at which each fits best, were the steps linear in it."""
    near = xs.copy()
    near[:, rate] += np.log(2.0)
    low, high = residuals(hypothesis, evidence, xs), residuals(hypothesis, evidence, near)
    slope = high - low  # of the rate, times the rate
    with np.errstate(all="ignore"):
        share = -(low * slope).sum(axis=1) / (slope * slope).sum(axis=1)
    factor = np.where(np.isfinite(share), np.clip(1 + share, 1e-9, 1e9), 1.0)
    near[:, rate] = xs[:, rate] + np.log(factor)
    return bounded(hypothesis, near)


def bounded(hypothesis: Hypothesis, xs: Array) -> Array:
    """The points, within the bounds."""
    bounds = bounds_of(hypothesis.free)
    return np.clip(xs, bounds[:, 0], bounds[:, 1])


def _costs(found: Array) -> Array:
    with np.errstate(all="ignore"):
        costs = np.square(found).mean(axis=1)
    return np.where(np.isfinite(costs), costs, np.inf)


def with_slopes(hypothesis: Hypothesis, evidence: Evidence, xs: Array) -> tuple[Array, Array]:
    """(starts, residuals) and (starts, numbers, residuals)."""
    count, size = xs.shape
    apart = np.where(xs + APART > bounds_of(hypothesis.free)[:, 1], -APART, APART)
    points = np.repeat(xs[:, None], size + 1, axis=1)
    for i in range(size):
        points[:, i + 1, i] += apart[:, i]
    found = residuals(hypothesis, evidence, points.reshape(count * (size + 1), size)).reshape(count, size + 1, -1)
    with np.errstate(all="ignore"):
        return found[:, 0], (found[:, 1:] - found[:, :1]) / apart[:, :, None]


def fit(
    hypothesis: Hypothesis,
    evidence: Evidence,
    xs: Array | None = None,
    iterations: int = ITERATIONS,
    enough: float = 0.0,
) -> Fit:
    """The best numbers, from the given starts (starts, numbers) or from those that a grid shows.

    Args:
        enough: a cost at which no better numbers are sought.
    """
    xs = starts(hypothesis, evidence) if xs is None else xs
    xs, costs, _, slopes = descend(hypothesis, evidence, xs, iterations, enough=enough)
    best = int(np.argmin(costs))
    return Fit(hypothesis=hypothesis, x=xs[best], cost=float(costs[best]), slopes=slopes[best])


def descend(
    hypothesis: Hypothesis,
    evidence: Evidence,
    xs: Array,
    iterations: int,
    held: Array | None = None,
    enough: float = 0.0,
) -> tuple[Array, Array, Array, Array]:
    """All starts (starts, numbers) led downhill: where they come to, their costs, residuals, slopes.

    Args:
        held: (starts,) for each start a number that stays. enough: a cost at which all stop.
    """
    xs = bounded(hypothesis, xs)
    found, slopes = with_slopes(hypothesis, evidence, xs)
    costs, damping, slow = _costs(found), np.full(len(xs), 1e-3), np.zeros(len(xs))
    for _ in range(iterations if xs.shape[1] else 0):
        if held is not None:
            slopes[np.arange(len(xs)), held] = 0.0
        tried = bounded(hypothesis, xs - _steps(found, slopes, damping))
        there, slopes_there = with_slopes(hypothesis, evidence, tried)
        costs_there = _costs(there)
        better = costs_there < costs
        gain = 1 - np.minimum(costs_there, LARGEST) / np.where(better, np.minimum(costs, LARGEST), 1.0)
        gain[~better] = 0.0
        xs[better], found[better], slopes[better] = tried[better], there[better], slopes_there[better]
        costs = np.where(better, costs_there, costs)
        damping = np.where(better, damping / 8, damping * 6)
        slow = np.where(better, np.where(gain < SLOW, slow + 1, 0), slow)
        done = ((gain < 1e-5) & better) | (damping > 1e5) | ~np.isfinite(costs) | ((slow >= 3) & (costs > FAR))
        if done.all() or (costs < enough).any():
            break
    return xs, costs, found, slopes


def _steps(found: Array, slopes: Array, damping: Array) -> Array:
    """(starts, numbers): the damped steps of Gauss and Newton."""
    slopes = np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0)
    found = np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
    normal = slopes @ slopes.swapaxes(1, 2)
    # Each number on a scale of its own: one that is felt much would hold the others where they are.
    scale = 1 / np.sqrt(np.einsum("sii->si", normal) + UNFELT)[:, :, None]
    ridge = np.eye(normal.shape[1]) * (damping[:, None, None] + 1e-10)
    steps = np.linalg.solve(normal * scale * scale.swapaxes(1, 2) + ridge, scale * (slopes @ found[:, :, None]))
    steps = (scale * steps)[:, :, 0]
    return np.clip(steps, -3.0, 3.0)
