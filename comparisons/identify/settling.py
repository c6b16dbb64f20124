"""From the numbers of a fit to those that people write; and how far each may be off, for all that the steps tell."""

from dataclasses import dataclass, replace

import numpy as np

from comparisons.identify.evidence import HELD, Evidence
from comparisons.identify.fitting import Fit, bounded, fit, residuals, sigma_of
from comparisons.identify.holding import hold, made_and_allowed, vague
from comparisons.identify.hypotheses import Hypothesis, one_by_one
from comparisons.identify.numbers import NONE, from_scale, scale_of, to_scale, written
from comparisons.rules import Rule
from comparisons.tasks.streams import Array

AWAY = 10.0 ** np.linspace(-8.5, 1.7, 28)  # how far a number is taken from its best, on its scale
WIDTHS = (3.0, 1.0)  # of ranges along lines: what is written may lie outside by a little, and is held to the steps
NEXT = 1e-6  # relative: so near, a number of four digits is no chance
SLACK = 1.5  # a fit makes up for what it is led by; where people's numbers are sought, so many times its own distance
EXACT = 100.0  # the mean squared residual, in roundings of float64, of steps whose constants are in float64, too
LEAST_POWER = -19  # of ten, that an epsilon is taken for; less is 0
Usual = dict[str, tuple[float, ...]]
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """A hypothesis with numbers.

    Args:
        x: the numbers on their scales.
    """

    hypothesis: Hypothesis
    x: Array

    @property
    def rule(self) -> Rule:
        """With its numbers."""
        return self.hypothesis.at(numbers_at(self.hypothesis, self.x))


def numbers_at(hypothesis: Hypothesis, x: Array) -> dict[str, float]:
    """The numbers by field; what is as good as 0 is 0."""
    return {name: number(name, value) for name, value in zip(hypothesis.free, x, strict=True)}


def number(name: str, x: float) -> float:
    """One number, from its scale."""
    value = float(from_scale(name, x))
    return 0.0 if scale_of(name) == "logarithm" and value <= 2 * NONE else float(f"{value:.12g}")


def ends(name: str, *xs: float) -> Range:
    """The least and the most of a number, from its scale, on which those below 0 go the other way."""
    values = [number(name, x) for x in xs]
    return min(values), max(values)


def settle(best: Fit, evidence: Evidence, usual: Usual) -> Settled:
    """The numbers, one after the other as people write them, those first that are known best; the rest fitted anew."""
    hypothesis, x = best.hypothesis, best.x.copy()
    scale = allowance(Settled(hypothesis=hypothesis, x=best.x), evidence, SLACK)
    slopes = best.slopes
    left = list(range(len(x)))
    while left:
        ranges = {one: range_of(hypothesis, x, one, left, evidence, slopes, scale) for one in left}
        for width in WIDTHS:
            wider = {one: _wider(found, width) for one, found in ranges.items()}
            if (together := _together(hypothesis, x, wider, evidence, usual, scale)) is not None:
                return _best_written(Settled(hypothesis=hypothesis, x=together), best, evidence, usual)
        i = min(left, key=lambda one: ranges[one][1] - ranges[one][0])
        left.remove(i)
        x[i] = _written(hypothesis.free[i], x[i], ranges[i], usual)
        if left:
            x, slopes = _again(hypothesis, x, left, evidence)
    return _best_written(Settled(hypothesis=hypothesis, x=x), best, evidence, usual)


def settled_by(best: Fit, some: Evidence, usual: Usual, *, sharp: bool) -> tuple[Settled, Evidence]:
    """The numbers as people write them, and by what evidence: in float64 constants have its digits, if the steps have.

    Unless one seems to be what float32 makes of a number that somebody wrote.
    """
    if sharp and some.pieces[0].before.dtype == np.float64 and best.cost < EXACT:
        exact = replace(some, held=0.0)
        settled = settle(best, exact, usual)
        if not any(map(_of_float32, *zip(*numbers_at(settled.hypothesis, settled.x).items(), strict=True))):
            return settled, exact
    return settle(best, some, usual), some


def _of_float32(name: str, value: float) -> bool:
    """Whether a number is none that people write, but next to one, as float32 has it."""
    low, high = sorted((value * (1 - 2 * HELD), value * (1 + 2 * HELD)))
    return written(name, value, value) is None and written(name, low, high) is not None


def _best_written(settled: Settled, best: Fit, evidence: Evidence, usual: Usual) -> Settled:
    return _nearer(above_zero(_shorter(settled, evidence, usual), best, evidence), evidence, usual)


def above_zero(settled: Settled, best: Fit, evidence: Evidence) -> Settled:
    """With an epsilon as small as the fit has it in the place of 0, which divides 0 by 0 where all gradients are 0."""
    free = settled.hypothesis.free
    if "epsilon" not in free or getattr(settled.rule, "epsilon", None) != 0:
        return settled
    if np.isfinite(hold(settled.rule, evidence).share):
        return settled
    x, i = settled.x.copy(), free.index("epsilon")
    x[i] = to_scale("epsilon", 10.0 ** max(round(best.x[i] / np.log(10)), LEAST_POWER))
    return replace(settled, x=x)


def _shorter(settled: Settled, evidence: Evidence, usual: Usual) -> Settled:
    """With a short number in the place of a long one that it is next to, where that holds beside the others.

    The first numbers are settled while the others are those of the fit, which makes up for them.
    """
    for i, name in enumerate(settled.hypothesis.free):
        now = number(name, settled.x[i])
        low, high = sorted((now * (1 - NEXT), now * (1 + NEXT)))
        value = written(name, low, high, usual.get(name, ()))
        if value is not None and written(name, now, now) is None:
            x = settled.x.copy()
            x[i] = to_scale(name, value)
            tried = replace(settled, x=x)
            settled = tried if by_itself(tried, evidence) else settled
    return settled


def _nearer(settled: Settled, evidence: Evidence, usual: Usual) -> Settled:
    """With a number from a signature in the place of one that was found, where that halves what is off.

    An epsilon of which hardly anything is felt may be led away by how the steps happened to round.
    """
    if vague(settled.rule):
        return settled
    off = hold(settled.rule, evidence).share
    for i, name in enumerate(settled.hypothesis.free):
        for value in usual.get(name, ()):
            x = settled.x.copy()
            x[i] = to_scale(name, value)
            tried = replace(settled, x=x)
            if (there := hold(tried.rule, evidence).share) <= off / 2:
                settled, off = tried, there
    return settled


def _wider(found: Range, width: float) -> Range:
    low, high = found
    more = (high - low) * (width - 1) / 2
    return low - more, high + more


def _together(
    hypothesis: Hypothesis, x: Array, ranges: dict[int, Range], evidence: Evidence, usual: Usual, scale: Array
) -> Array | None:
    """All numbers as people write them, if that fits at once."""
    tried = x.copy()
    for i, found in ranges.items():
        tried[i] = _written(hypothesis.free[i], x[i], found, usual)
    if does(hypothesis.rule, residuals(hypothesis, evidence, tried[None]), scale).all():
        return tried
    return tried if by_itself(Settled(hypothesis=hypothesis, x=tried), evidence) else None


def _written(name: str, x: float, found: Range, usual: Usual) -> float:
    low, high = ends(name, *found)
    value = written(name, low, high, usual.get(name, ()))
    return x if value is None else float(to_scale(name, value))


def scale_of_rounding(rule: Rule, evidence: Evidence) -> Array:
    """(residuals,): what of each residual rounding may make."""
    parts = []
    for piece in evidence.pieces:
        _, allowed = made_and_allowed(rule, piece, evidence)
        parts.append((allowed / sigma_of(rule, piece)).reshape(-1))
    return np.concatenate(parts)


def allowance(settled: Settled, evidence: Evidence, slack: float = 1.0) -> Array:
    """(residuals,): what of each residual rounding may make, or so many times as much as the rule itself is off.

    In bfloat16 the roundings of a step are those of the step before: they do not average out, and all that is off may
    be of one number. Then a number may be off by what changes the steps as much as they are off, in the mean: that
    adds its square to theirs.
    """
    found = residuals(settled.hypothesis, evidence, settled.x[None])[0]
    if vague(settled.rule):
        return np.full(len(found), np.sqrt(2 * np.square(found).mean()) + 1e-300)
    scale = scale_of_rounding(settled.rule, evidence)
    return scale * max(1.0, slack * float((np.abs(found) / scale).max()))


def does(rule: Rule, found: Array, scale: Array) -> Array:
    """(points,): whether residuals (points, residuals) are within what is allowed: each, or in the mean; see there."""
    with np.errstate(all="ignore"):
        if vague(rule):
            return np.asarray(np.square(found / scale).mean(axis=1) <= 1 + 1e-12)
        return np.asarray((np.abs(found) <= scale).all(axis=1))


def by_itself(settled: Settled, evidence: Evidence, most: float = 1.0) -> bool:
    """Whether the steps are the rule's within what rounding makes of its own numbers.

    Whether a step rounds by little or by much is luck, and other luck with numbers that lie near: those of a fit may
    round by less than those that were written.
    """
    return not vague(settled.rule) and hold(settled.rule, evidence).share <= most


def range_of(
    hypothesis: Hypothesis, x: Array, i: int, free: list[int], evidence: Evidence, slopes: Array, scale: Array
) -> Range:
    """How far number i may be taken down and up while all residuals stay within the scale; on the number's own."""
    some = AWAY[:: 4 if one_by_one(hypothesis.rule) else 1]
    both = np.concatenate([-some, some])
    points = bounded(hypothesis, along(hypothesis, x, i, free, slopes / scale, both))
    with np.errstate(all="ignore"):
        within = does(hypothesis.rule, residuals(hypothesis, evidence, points), scale)
    down, up = (int(np.argmin(np.append(part, False))) for part in np.split(within, 2))
    low = points[down - 1, i] if down else x[i]
    high = points[len(some) + up - 1, i] if up else x[i]
    return float(low), float(high)


def along(hypothesis: Hypothesis, x: Array, i: int, free: list[int], slopes: Array, away: Array) -> Array:
    """Number i taken so far away, while the others make up for it as far as a line can."""
    others = [one for one in free if one != i]
    direction = np.zeros(len(x))
    direction[i] = 1.0
    weighted = np.nan_to_num(slopes)
    if others:
        direction[others] = np.linalg.lstsq(weighted[others].T, -weighted[i], rcond=1e-12)[0]
    return x + away[:, None] * direction


def _again(hypothesis: Hypothesis, x: Array, left: list[int], evidence: Evidence) -> tuple[Array, Array]:
    """The numbers, those that are left fitted beside the others; and the slopes of all."""
    kept = {name: number(name, x[i]) for i, name in enumerate(hypothesis.free) if i not in left}
    rest = tuple(hypothesis.free[i] for i in left)
    found = fit(replace(hypothesis, rule=hypothesis.at(kept), free=rest), evidence, x[None, left], 4)
    placed, slopes = x.copy(), np.zeros((len(x), found.slopes.shape[1]))
    placed[left], slopes[left] = found.x, found.slopes
    return placed, slopes
