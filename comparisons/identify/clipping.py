"""Clipping that is between the recorded gradients and the steps: by what, and to what limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from comparisons.identify.evidence import PADDING, Clipping, Evidence, Piece, chosen, evidence_of, flat
from comparisons.identify.fitting import LIMIT, Fit, fit, starts
from comparisons.identify.hypotheses import Hypothesis, hypotheses, likely
from comparisons.identify.numbers import to_scale
from comparisons.identify.onset import by_elements
from comparisons.identify.rates import rates_of, unrated
from comparisons.identify.search import PROMISING, QUICK
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipNorm, ClipValue, RMSprop
from comparisons.rules.surroundings import Clip
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Tensor

FAMILIES = (SGD, Adam, RMSprop)  # what is trained with clipped gradients; others are looked for beside the limit found
ELEMENTS, BEST = 36, 6  # of the quick look; how many hypotheses are looked at again
SHARES = (0.05, 0.3, 0.6, 0.9)  # of the gradients are under the limits from which one is sought
BELOW = 0.7  # of the least norm: a limit that all gradients are over
USUAL = (1.0, 0.5, 5.0, 10.0, 0.1, 0.25)  # limits, as most people write them
DIGITS = tuple(float(one) for one in range(10, 100))
WORSE, ROUNDED = 4.0, 100.0  # times the cost, and beside it, what a limit of fewer digits may cost
MOST_OF_VALUES = 0.5  # more elements than that nobody clips
STEADY = 1e-3  # rates that differ by less, relative, are one


class Clipped(NamedTuple):
    """A clip, the tensors with gradients clipped by it, and whether the rates stay the same then, or go as is known."""

    clip: Clip
    pieces: dict[str, Piece]
    steady: bool


def clippings(pieces: Mapping[str, Piece], shape: Array | None, led: Sequence[str], norms: Array) -> Iterator[Clipped]:
    """Clips with which a common rule comes near the steps, at rates of its own in each step where none are known.

    A limit is known only where some gradients are over it and others are not. Where all are, it is any below them: of
    rules that are in proportion to the gradient one that makes the rate short.

    Args:
        led: the tensors whose steps are looked at, as if one rule stepped them all; the norm is always that of all.
        norms: (steps,) of the gradients of all tensors together.
    """
    some = [pieces[name] for name in led]
    joined, one_formula = flat(some), by_elements(some)  # of which a norm makes the same, with other numbers
    evidence = evidence_of([chosen(joined, ELEMENTS)], shape)
    sizes = np.abs(joined.gradients.astype(float))
    over = sizes[sizes > np.quantile(sizes, MOST_OF_VALUES)]
    for clipping, met in ((Clipping(norms=norms), norms), (Clipping(), over)):
        if not met.size or not met.max() or (clipping.norms is not None and not one_formula):
            continue
        least = BELOW * float(met.min()) if clipping.norms is not None else float(met.min())
        limits = np.unique([least, *np.quantile(met, SHARES)])
        if (near := _nearest(replace(evidence, clipping=clipping), limits, free=shape is None)).cost >= PROMISING:
            continue
        yield from _as_written(near, evidence, clipping, pieces)


def _as_written(near: Fit, evidence: Evidence, clipping: Clipping, pieces: Mapping[str, Piece]) -> Iterator[Clipped]:
    """What was fitted, with a limit as people write it; of a norm by both formulas."""
    norms = clipping.norms
    limit, rates = near.numbers[LIMIT], _rates(near, evidence, clipping)
    steady = rates is None or float(np.ptp(rates)) < STEADY * float(rates.max())
    if norms is not None and limit < norms.min():
        limit = _short_limit(near, limit, float(norms.min()), rates)
    else:
        limit = _short(near, replace(evidence, clipping=clipping))
    clips: list[Clip] = [ClipValue(limit=limit)]
    if norms is not None:
        clips = [ClipGlobalNorm(limit=limit, formula="padded"), ClipGlobalNorm(limit=limit, formula="exact")]
    for clip in clips:
        yield Clipped(clip, {name: clipped(piece, clip, norms) for name, piece in pieces.items()}, steady)


class Tried(NamedTuple):
    """A hypothesis with a limit beside its numbers, and the evidence that it is held to."""

    hypothesis: Hypothesis
    evidence: Evidence


def _nearest(evidence: Evidence, limits: Array, *, free: bool) -> Fit:
    """The best fit of rule and limit together: of what fits as well, that at one rate, and with the fewest numbers."""
    quick = [fit(one.hypothesis, one.evidence, _starts(one, limits), QUICK) for one in _tried(evidence, free=free)]
    return _plainest(
        [fit(one.hypothesis, _as_free(evidence, one), one.x[None].copy()) for one in _plainest(quick)[:BEST]]
    )[0]


def _plainest(fits: Sequence[Fit]) -> list[Fit]:
    """Those that fit about as well as the best first, of these those at one rate, and with fewer numbers."""
    good = WORSE * min(one.cost for one in fits) + ROUNDED
    return sorted(fits, key=lambda one: (one.cost > good, _at_any_rates(one), len(one.hypothesis.free), one.cost))


def _at_any_rates(one: Fit) -> bool:
    return "learning_rate" not in one.hypothesis.free


def _tried(evidence: Evidence, *, free: bool) -> Iterator[Tried]:
    """Hypotheses with a limit; at any rates of each step, if they are free, but where these would make up for it."""
    for family in FAMILIES:
        for one in hypotheses(family):
            if likely(one) == 0:
                own = free and len(one.free) > 1
                there = unrated(one) if own else one
                limited = replace(there, free=(*there.free, LIMIT))
                yield Tried(limited, replace(evidence, free=own))


def _as_free(evidence: Evidence, one: Fit) -> Evidence:
    return replace(evidence, free=_at_any_rates(one))


def _starts(one: Tried, limits: Array) -> Array:
    """(limits, numbers): the most promising of a grid with each of the limits."""
    clipping = one.evidence.clipping
    assert clipping is not None
    plain = replace(one.hypothesis, free=one.hypothesis.free[:-1])
    found = []
    for limit in limits:
        there = _at(one.evidence, clipping, float(limit))
        found.append([*starts(plain, there)[0], float(to_scale(LIMIT, float(limit)))])
    return np.array(found)


def _at(evidence: Evidence, clipping: Clipping, limit: float) -> Evidence:
    """The evidence with its gradients clipped."""
    made = [clipping.of(piece.gradients.astype(float), np.array([limit]))[:, 0] for piece in evidence.pieces]
    pairs = zip(evidence.pieces, made, strict=True)
    return replace(evidence.of([replace(piece, gradients=gradients) for piece, gradients in pairs]), clipping=None)


def _rates(near: Fit, evidence: Evidence, clipping: Clipping) -> Array | None:
    """(steps,): the rate of each step; None where it goes as is known."""
    if not _at_any_rates(near):
        return None
    numbers = dict(near.numbers)
    limit = numbers.pop(LIMIT)
    return rates_of(near.hypothesis.at(numbers), _at(evidence, clipping, limit))


def _short(near: Fit, evidence: Evidence) -> float:
    """The limit in as few digits as fit."""
    limit, most = near.numbers[LIMIT], WORSE * near.cost + ROUNDED
    rest = replace(near.hypothesis, free=near.hypothesis.free[:-1])
    clipping, there = evidence.clipping, _as_free(evidence, near)
    assert clipping is not None
    for digits in range(1, 6):
        short = float(f"{limit:.{digits}g}")
        if fit(rest, _at(there, clipping, short), near.x[None, :-1].copy(), QUICK).cost < most:
            return short
    return limit


def _short_limit(near: Fit, limit: float, low: float, rates: Array | None) -> float:
    """Of those that all gradients are over, that with which the rate is shortest: the steps tell the product alone.

    Of rules that do not go by the size of gradients, that with which epsilon is.
    """
    if isinstance(near.hypothesis.rule, SGD):
        rate = near.numbers["learning_rate"] if rates is None else float(rates.max())
        beside, within = {one: rate * limit / one for one in _limits(low)}, 1e-3
    else:
        beside, within = {one: near.numbers["epsilon"] / limit * one for one in _limits(low)}, 0.03
    digits = {one: _digits(one, 1e-9) + _digits(number, within) for one, number in beside.items()}
    return min(digits, key=lambda one: (digits[one], USUAL.index(one) if one in USUAL else len(USUAL), -one))


def _digits(number: float, within: float) -> int:
    """How many a number has that is known so well, relative."""
    return next((digits for digits in (1, 2, 3) if abs(float(f"{number:.{digits}g}") / number - 1) < within), 4)


def norms_of(led: Mapping[str, Tensor], count: int) -> Array | None:
    """(count,): the norm of the gradients of all tensors together; None where that of a sampled one is not known."""
    if not all(one.whole or "gradient" in one.norms for one in led.values()):
        return None
    return np.asarray(np.sqrt(sum(np.square(one.norm("gradient")[:count]) for one in led.values())))


def within(clip: Clip, led: Mapping[str, Tensor], count: int) -> bool:
    """Whether no gradient is over a clip as it was recorded: none was, or they were recorded after it."""
    if isinstance(clip, ClipValue):
        met = [np.abs(one.led_by[:count]).max() for one in led.values() if one.led_by is not None]
    else:
        kinds = {name: "gradient" if one.used is None else "used" for name, one in led.items()}
        if not all(one.whole or kinds[name] in one.norms for name, one in led.items()):
            return False
        norms = [one.norm(kinds[name])[:count] for name, one in led.items()]
        met = [np.max(norms) if isinstance(clip, ClipNorm) else np.sqrt(np.sum(np.square(norms), axis=0)).max()]
    return float(max(met)) <= (1 + STEADY) * clip.limit


def clipped(piece: Piece, clip: Clip, norms: Array | None) -> Piece:
    """The piece with its gradients clipped."""
    if isinstance(clip, ClipValue) or norms is None:
        return replace(piece, gradients=np.clip(piece.gradients, -clip.limit, clip.limit))
    padding = PADDING if clip.formula == "padded" else 0.0
    factor = np.minimum(1.0, clip.limit / (norms + padding)).reshape(-1, *[1] * (piece.gradients.ndim - 1))
    return replace(piece, gradients=(piece.gradients * factor).astype(piece.gradients.dtype))


def _limits(low: float) -> list[float]:
    """Numbers of two digits under the least norm, down to a hundredth of it."""
    if not 0 < low < np.inf:
        return []
    exponents = range(int(np.floor(np.log10(low / 100))) - 1, int(np.floor(np.log10(low))) + 1)
    numbers = {float(f"{mantissa:g}e{exponent}") for mantissa in DIGITS for exponent in exponents}
    return sorted(one for one in numbers if low / 100 < one < low)
