"""Clipping that is between the recorded gradients and the steps: by what, and to what limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from comparisons.identify.evidence import Evidence, Piece, chosen, evidence_of, flat
from comparisons.identify.fitting import ITERATIONS, Fit, fit
from comparisons.identify.hypotheses import Hypothesis, hypotheses, likely
from comparisons.identify.search import PROMISING, QUICK
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipValue, RMSprop
from comparisons.rules.surroundings import Clip
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Tensor

FAMILIES = (SGD, Adam, RMSprop)  # what is trained with clipped gradients; others are looked for beside the limit found
ELEMENTS, BEST = 36, 2  # of the quick look; how many of a family are looked at again
MANTISSAS = (1.0, 2.0, 3.5, 6.0)  # limits of the quick look
USUAL = (1.0, 0.5, 5.0, 10.0, 0.1, 0.25)  # limits, as most people write them
ONE_DIGIT = tuple(float(one) for one in range(1, 10))
DIGITS = tuple(float(one) for one in range(10, 100))  # and of the close one: two digits
BEHIND = 100.0  # so many times the least cost, a rule is not looked at again
MOST_OF_VALUES = 0.5  # more elements than that nobody clips


def clippings(
    pieces: Mapping[str, Piece], shape: Array | None, led: Sequence[str], norms: Array
) -> Iterator[tuple[Clip, dict[str, Piece]]]:
    """Clips with which a common rule comes near the steps, and the tensors with gradients clipped by them.

    A limit is known only where some gradients are over it and others are not. Where all are, it is any below them: of
    rules that are in proportion to the gradient one that makes the rate short.

    Args:
        led: the tensors whose steps are looked at, as if one rule stepped them all; the norm is always that of all.
        norms: (steps,) of the gradients of all tensors together.
    """
    joined = flat([pieces[name] for name in led])
    evidence = evidence_of([chosen(joined, ELEMENTS)], shape)
    sizes = np.abs(joined.gradients.astype(float))
    spans = {"norm": (norms.min(), norms.max()), "value": (np.quantile(sizes, MOST_OF_VALUES), sizes.max())}
    tried = [one for family in FAMILIES for one in hypotheses(family) if likely(one) == 0]
    for kind, (low, high) in spans.items():
        if not high:  # there is no gradient
            continue
        limits = _between(MANTISSAS, low, high) or [float(np.sqrt(low * high))]
        limits = [*_below(kind, low), *limits]
        quick = [(_fitted(one, evidence, norms, _clip(kind, limit)), limit) for limit in limits for one in tried]
        quick.sort(key=lambda one: one[0].cost)
        close = [
            (_fitted(one.hypothesis, evidence, norms, _clip(kind, limit), one.x[None]), limit)
            for one, about in _nearest(quick)
            for limit in dict.fromkeys((about, *_between(DIGITS, *_around(about, limits, low, high))))
        ]
        if not close:
            continue
        near, limit = min(close, key=lambda one: one[0].cost)
        near = _fitted(near.hypothesis, evidence, norms, _clip(kind, limit), near.x[None], ITERATIONS)
        if near.cost < PROMISING:
            limit = _short_limit(near, limit, low) if limit < low else limit
            formulas = ("padded", "exact") if kind == "norm" else ("",)
            for formula in formulas:
                clip = _clip(kind, limit, formula)
                yield clip, {name: clipped(piece, clip, norms) for name, piece in pieces.items()}


def _below(kind: str, low: float) -> list[float]:
    """A norm of one digit that all gradients are over."""
    return _between(ONE_DIGIT, low / 10, low)[-1:] if kind == "norm" else []


def _short_limit(near: Fit, limit: float, low: float) -> float:
    """Of those that all gradients are over, that with which the rate is shortest: the steps tell the product alone.

    Of rules that do not go by the size of gradients, that with which epsilon is.
    """
    if isinstance(near.hypothesis.rule, SGD):
        beside, within = {one: near.numbers["learning_rate"] * limit / one for one in _limits(low)}, 1e-3
    else:
        beside, within = {one: near.numbers["epsilon"] / limit * one for one in _limits(low)}, 0.03
    digits = {one: _digits(one, 1e-9) + _digits(number, within) for one, number in beside.items()}
    return min(digits, key=lambda one: (digits[one], USUAL.index(one) if one in USUAL else len(USUAL), -one))


def _limits(low: float) -> list[float]:
    return _between(DIGITS, low / 100, low)


def _digits(number: float, within: float) -> int:
    """How many a number has that is known so well, relative."""
    return next((digits for digits in (1, 2, 3) if abs(float(f"{number:.{digits}g}") / number - 1) < within), 4)


def _nearest(quick: Sequence[tuple[Fit, float]]) -> list[tuple[Fit, float]]:
    """Of each family that is not far behind, the hypotheses that came nearest, each once, with the limit."""
    found: dict[Hypothesis, tuple[Fit, float]] = {}
    for one, limit in quick:
        behind = one.cost > BEHIND * quick[0][0].cost
        alike = [known for known in found if type(known.rule) is type(one.hypothesis.rule)]
        if not behind and len(alike) < BEST:
            found.setdefault(one.hypothesis, (one, limit))
    return list(found.values())


def _around(limit: float, limits: Sequence[float], low: float, high: float) -> tuple[float, float]:
    """From the limit below to the limit above."""
    i = list(limits).index(limit)
    return limits[i - 1] if i else low, limits[i + 1] if i + 1 < len(limits) else high


def norms_of(led: Mapping[str, Tensor], count: int) -> Array | None:
    """(count,): the norm of the gradients of all tensors together; None where that of a sampled one is not known."""
    if not all(one.whole or "gradient" in one.norms for one in led.values()):
        return None
    return np.asarray(np.sqrt(sum(np.square(one.norm("gradient")[:count]) for one in led.values())))


def clipped(piece: Piece, clip: Clip, norms: Array) -> Piece:
    """The piece with its gradients clipped."""
    if isinstance(clip, ClipValue):
        return replace(piece, gradients=np.clip(piece.gradients, -clip.limit, clip.limit))
    padding = 1e-6 if clip.formula == "padded" else 0.0
    factor = np.minimum(1.0, clip.limit / (norms + padding)).reshape(-1, *[1] * (piece.gradients.ndim - 1))
    return replace(piece, gradients=(piece.gradients * factor).astype(piece.gradients.dtype))


def _clip(kind: str, limit: float, formula: str = "padded") -> Clip:
    if kind == "value":
        return ClipValue(limit=limit)
    return ClipGlobalNorm(limit=limit, formula="exact" if formula == "exact" else "padded")


def _fitted(
    one: Hypothesis,
    evidence: Evidence,
    norms: Array,
    clip: Clip,
    xs: Array | None = None,
    iterations: int = QUICK // 2,
) -> Fit:
    there = evidence.of([clipped(piece, clip, norms) for piece in evidence.pieces])
    return fit(one, there, None if xs is None else xs.copy(), iterations=QUICK if xs is None else iterations)


def _between(mantissas: Sequence[float], low: float, high: float) -> list[float]:
    """Numbers with these mantissas over the least and under the most."""
    if not 0 < high < np.inf:
        return []
    exponents = range(int(np.floor(np.log10(max(low, high * 1e-3)))) - 1, int(np.floor(np.log10(high))) + 1)
    numbers = {float(f"{mantissa:g}e{exponent}") for mantissa in mantissas for exponent in exponents}
    return sorted(one for one in numbers if low < one < high)
