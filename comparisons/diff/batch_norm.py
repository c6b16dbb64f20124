"""What gradients alone say of a batch normalisation: whether it uses the batch's statistics, and its epsilon.

Of weights W right before it, a channel c of which it divides by sqrt(v + epsilon), the loss does not change with the
scale of W, but for epsilon: <W_c, dL/dW_c> = gamma_c dL/dgamma_c epsilon / (v_c + epsilon). It does not change with a
bias before it at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.conditioning import KEPT
from comparisons.diff.pairing import Pair, Side
from comparisons.traces.trace import Array

UNNORMALISED = 0.5  # of the product on the right: no epsilon makes as much
MORE = 100  # times what is rounding: a gradient
ROUNDED = 8  # machine epsilons, times what numbers far from 0 make of the weights' gradient: a share that is less is
SPREAD = 0.1  # of the ratio of two epsilons: it is one for all channels and steps
LEAST = 1e-3  # of a product of norms: below it, what a channel says is rounding


@dataclass(frozen=True, kw_only=True)
class Norm:
    """A normalisation that is seen on both sides: its scale, the weights before it, and both epsilons.

    Args:
        epsilons: None where the variances were not recorded. ratio: of B's to A's, as their effect tells.
    """

    scale: str
    weights: str
    ratio: float
    epsilons: tuple[float, float] | None


def norms(both: Both, seen: Array) -> Iterator[Norm]:
    """The normalisations whose epsilons differ.

    Args:
        seen: (n,) bool: the steps at which both sides have the same parameters and batch.
    """
    for scale in both.with_gradients:
        if len(scale.shape) != 1 or not scale.whole:
            continue
        for weights in both.with_gradients:
            if weights.whole and len(weights.shape) > 1 and (found := _norm_of(both, scale, weights, seen)):
                yield found


def _norm_of(both: Both, scale: Pair, weights: Pair, seen: Array) -> Norm | None:
    for axis in range(len(weights.shape)):
        if weights.shape[axis] != scale.shape[0]:
            continue
        shares = [
            _shares((of_scale.before, g), (of_weights.before, dw), weights.shape, axis)
            for of_scale, g, of_weights, dw in zip(
                (scale.a, scale.b), scale.gradients, (weights.a, weights.b), weights.gradients, strict=True
            )
        ]
        a, b = (share[seen] for share in shares)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        if not (0 < np.median(a) < UNNORMALISED and 0 < np.median(b) < UNNORMALISED):
            continue
        if min(np.mean(a > 0), np.mean(b > 0)) < 0.9:
            continue
        if max(np.median(a), np.median(b)) < ROUNDED * both.epsilon * both.before_offsets.get(weights.name, 0.0) ** 2:
            continue
        ratios = b * (1 - a) / (a * (1 - b))
        ratio = float(np.median(ratios))
        if np.median(np.abs(ratios - ratio)) > SPREAD * ratio:  # noise that stands for what is too small to be seen
            continue
        return Norm(scale=scale.name, weights=weights.name, ratio=ratio, epsilons=_epsilons(both, shares))
    return None


def _shares(scale: tuple[Array, Array], weights: tuple[Array, Array], shape: tuple[int, ...], axis: int) -> Array:
    """epsilon / (v + epsilon) of each step and channel, (n, c), by both tensors' values and gradients (n, ...).

    A channel of which it is rounding has the step's median; it is NaN where all of a step's are.
    """
    steps = len(scale[0])
    products = [np.moveaxis(values.reshape(steps, *shape), axis + 1, 1) for values in weights]
    w, g = (values.reshape(steps, shape[axis], -1) for values in products)
    right = scale[0] * scale[1]
    felt = np.abs(right) > LEAST * np.abs(right).max()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(felt, (w * g).sum(axis=2) / right, np.nan)
    known = ~np.isnan(share).all(axis=1)
    share[known] = np.where(np.isnan(share[known]), np.nanmedian(share[known], axis=1)[:, None], share[known])
    return share


def _epsilons(both: Both, shares: list[Array]) -> tuple[float, float] | None:
    """Of both sides, by their own variances; None if they were not recorded."""
    found = [
        _epsilon(trace.buffers, at[: both.run], share)
        for trace, at, share in zip(both.traces, both.at, shares, strict=True)
    ]
    return None if None in found else (float(found[0] or 0), float(found[1] or 0))


def _epsilon(buffers: Mapping[str, Array], at: Array, share: Array) -> float | None:
    """The epsilon with which the shares are those of variances that a buffer keeps a mean of."""
    share = share[: len(at)]
    best: tuple[float, float] | None = None
    for values in buffers.values():
        kept = np.asarray(values, np.float64)[at]
        if kept.shape != share.shape or (kept < 0).any() or len(kept) < 3:
            continue
        for keep in KEPT:
            variance = (kept[1:] - keep * kept[:-1]) / (1 - keep)
            good = (variance > 0) & np.isfinite(share[1:])
            if not good.any():
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                epsilon = share[1:] * variance / (1 - share[1:])
            middle = float(np.median(epsilon[good]))
            spread = float(np.median(np.abs(epsilon[good] / middle - 1))) if middle > 0 else np.inf
            if best is None or spread < best[0]:
                best = spread, middle
    return None if best is None or best[0] > 0.1 else best[1]


def unnormalised(both: Both, at: int) -> Iterator[tuple[str, str]]:
    """Biases that have no gradient but rounding on one side, as those before a normalisation by the batch's own
    statistics, and one on the other: name and the side that normalises otherwise.
    """
    whole = [np.sqrt(sum(p.norms["gradient"][at] ** 2 for p in side)) for side in zip(*_sides(both), strict=True)]
    for pair, sides in zip(both.with_gradients, _sides(both), strict=True):
        if len(pair.shape) == 1 and not is_scale(pair.a):
            shares = [side.norms["gradient"][at] / of_all for side, of_all in zip(sides, whole, strict=True)]
            if min(shares) <= both.relative and max(shares) > MORE * both.relative:
                yield pair.name, "AB"[int(np.argmax(shares))]


def is_scale(side: Side) -> bool:
    """Whether it begins as the scale of a normalisation does, with ones."""
    return bool((side.before[0] == 1).all())


def _sides(both: Both) -> list[tuple[Side, Side]]:
    return [(pair.a, pair.b) for pair in both.with_gradients]
