"""One side's gradients as the other's, clipped."""

from collections.abc import Sequence

import numpy as np

from comparisons.diff.seen import ROUND, Family, Seen, explains, snapped, written

MARGINS = (0.0, 1e-6)  # added to the norm: torch's clip_grad_norm_ adds 1e-6, which a small gradient feels


def clipped(seen: Sequence[Seen]) -> list[Family]:
    """One side's are the other's, clipped: by the norm of all, by that of each, or element by element."""
    for side in ("B", "A"):
        turned = seen if side == "B" else [one.turned for one in seen]
        by_norms = (by(turned, margin) for by in (_by_norm, _by_each_norm) for margin in MARGINS)
        for name, number in (*by_norms, _by_value(turned)):
            if number is not None:
                return [Family(name=name, number=number, side=side)]
    return []


def _by_norm(seen: Sequence[Seen], margin: float = 0.0) -> tuple[str, float | None]:
    """c/norm where the norm is larger than c: the norms of all that are clipped are c, a number that people write."""
    name = "clipped by the norm of all"
    of_a, of_b = (np.sqrt(sum(np.square(one.norms[i]) for one in seen)) for i in (0, 1))
    shorter = of_b < of_a * (1 - ROUND)
    if not shorter.any():
        return name, None
    most = float(np.median(of_b[shorter] * (1 + margin / of_a[shorter])))
    if not written(most) or (np.abs(of_b[shorter] / most - 1) > ROUND).any() or (of_a[~shorter] > most * 1.001).any():
        return name, None
    if np.sqrt(sum(np.square(one.later[1]) for one in seen)).max() > most * (1 + ROUND):
        return name, None
    factor = np.minimum(1, most / (of_a + margin))
    return name, snapped(most) if explains(seen, [factor[:, None] * one.a for one in seen], factor) else None


def _by_each_norm(seen: Sequence[Seen], margin: float = 0.0) -> tuple[str, float | None]:
    name = "clipped by the norm of each"
    shorter = [
        one.norms[1][over] * (1 + margin / one.norms[0][over])
        for one in seen
        if one.felt
        for over in [one.norms[1] < one.norms[0] * (1 - ROUND)]
    ]
    found = np.concatenate(shorter) if shorter else np.empty(0)
    if not len(found):
        return name, None
    most = float(np.median(found))
    if not written(most) or (np.abs(found / most - 1) > ROUND).any():
        return name, None
    if max(one.later[1].max() for one in seen) > most * (1 + ROUND):
        return name, None
    factors = [np.minimum(1, most / np.maximum(one.norms[0] + margin, 1e-300))[:, None] for one in seen]
    fits = explains(seen, [factor * one.a for factor, one in zip(factors, seen, strict=True)])
    return name, snapped(most) if fits else None


def _by_value(seen: Sequence[Seen]) -> tuple[str, float | None]:
    name, most = "clipped by value", max(float(np.abs(one.b).max()) for one in seen)
    if not written(most) or max(float(np.abs(one.a).max()) for one in seen) <= most:
        return name, None
    return name, snapped(most) if explains(seen, [np.clip(one.a, -most, most) for one in seen]) else None
