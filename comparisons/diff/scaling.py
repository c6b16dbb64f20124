"""Loss scaling that is undone: a loss times a power of two, and the gradients divided by it before the step."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.pairing import Pair, Side
from comparisons.traces.trace import Array

EXACT = 1e-5  # relative: a power of two is exact, but for gradients that are smaller than the dtype's least

Scales = tuple[Array, Array]


def scales_of(pairs: Sequence[Pair]) -> Scales | None:
    """(n,) of each side: the powers of two that its raw gradients are to be divided by; None if they are as they are.

    It is a scale where the optimizer's gradients are the raw ones over one power of two, in all tensors, and where the
    raw ones of both sides are then as large; else it is something that one side does to its gradients.
    """
    if not pairs or any(side.gradient is None for pair in pairs for side in (pair.a, pair.b)):
        return None
    sides = [[getattr(pair, side) for pair in pairs] for side in ("a", "b")]
    sizes = [float(np.sqrt(sum(np.square(one.norms["gradient"][0]) for one in side))) for side in sides]
    if not all(sizes):
        return None
    a, b = (_scale(side, sizes[i] / sizes[1 - i]) for i, side in enumerate(sides))
    apart, scaled_apart = (abs(np.log2(sizes[1] / sizes[0] * by)) for by in (1.0, a[0] / b[0]))
    return (a, b) if scaled_apart < min(apart, 0.5) else None


def _scale(side: Sequence[Side], larger: float) -> Array:
    """(n,): what one side's raw gradients are divided by, before a clip if there is one: then as at the step before.

    Where every step is clipped, by one factor for all tensors, a scale does not show in them, nor does it matter: it is
    taken for what the raw gradients are larger by than the other side's.
    """
    told = [(one.gradient, one.used) for one in side if one.gradient is not None and one.used is not None]
    if not told:
        return np.ones(len(side[0].before))
    raw, used = (np.concatenate([pair[i] for pair in told], axis=1) for i in (0, 1))
    size = np.square(raw).sum(axis=1)
    ratio = np.divide((raw * used).sum(axis=1), size, out=np.ones(len(raw)), where=size > 0)

    def times(factor: Array) -> Array:
        """(n,) bool: where the optimizer's gradients are the raw ones by a factor."""
        return np.asarray(np.linalg.norm(used - factor[:, None] * raw, axis=1) <= EXACT * np.linalg.norm(used, axis=1))

    power = np.exp2(np.round(np.log2(np.where(ratio > 0, ratio, 1.0))))
    exact = times(power)
    if not exact.any():
        scale = np.full(len(raw), max(2 ** np.round(np.log2(larger)), 1.0))
        return scale if times(ratio).all() and (ratio * scale <= 1 + EXACT).all() else np.ones(len(raw))
    last = np.maximum.accumulate(np.where(exact, np.arange(len(raw)), int(exact.argmax())))
    return np.asarray(1 / power[last])


def unscaled(pairs: Sequence[Pair], scales: Scales) -> tuple[Pair, ...]:
    """The pairs with raw gradients as they are without the scale."""
    return tuple(replace(pair, a=_divided(pair.a, scales[0]), b=_divided(pair.b, scales[1])) for pair in pairs)


def _divided(side: Side, scale: Array) -> Side:
    if side.gradient is None:
        return side
    norms = {**side.norms, "gradient": side.norms["gradient"] / scale}
    return replace(side, gradient=side.gradient / scale[:, None], norms=norms)


def told(scales: Scales | None) -> str:
    """What was done to the raw gradients before they were compared, in a sentence; "" if nothing."""
    said = [
        f"{side}'s loss is scaled by {_range(scale)} and its gradients are divided by that before the step"
        for side, scale in zip("AB", scales or (), strict=scales is not None)
        if (scale != 1).any()
    ]
    return f" {', and '.join(said)}: they are compared after that." if said else ""


def _range(scale: Array) -> str:
    least, most = float(scale.min()), float(scale.max())
    return f"{least:.10g}" if least == most else f"{least:.10g} to {most:.10g}"
