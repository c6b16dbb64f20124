"""Loss scaling that is undone: a loss times a number, and the gradients divided by it before the step."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.pairing import Pair, Side
from comparisons.traces.trace import Array

EXACT = 1e-5  # relative: a power of two is exact, but for gradients below the dtype's least; others are rounded
FELT = 1e-6  # of the largest element: smaller ones may be below the dtype's least once they are divided
MANY = 0.1  # of a tensor's elements: so many that are the raw ones over one power of two are no chance
ALIKE = 0.1  # relative: losses that differ by more are logged with the scale in them, if it is one, or are summed

Scales = tuple[Array, Array]


def scales_of(pairs: Sequence[Pair], losses: tuple[float, float]) -> Scales | None:
    """(n,) of each side: the numbers that its raw gradients are to be divided by; None if they are as they are.

    It is a scale where the optimizer's gradients are the raw ones over one power of two, but for a clip, or over a
    number that changes by such powers, and where the raw ones of both sides are then as large; else it is something
    that one side does to its gradients.

    Args:
        losses: of both sides at the first step, as they are logged: without the scale. NaN where there is none.
    """
    if not pairs or any(side.gradient is None for pair in pairs for side in (pair.a, pair.b)):
        return None
    sides = [[getattr(pair, side) for pair in pairs] for side in ("a", "b")]
    sizes = [float(np.sqrt(sum(np.square(one.norms["gradient"][0]) for one in side))) for side in sides]
    if not all(sizes):
        return None
    scaled_loss = abs(losses[1] - losses[0]) > ALIKE * min(map(abs, losses))  # False where one is NaN
    shown = [_shown(side) for side in sides]
    firsts = [1.0 if one is None else float(one[0]) for one in shown]
    a, b = (
        np.full(len(side[0].before), 1.0 if scaled_loss else _not_shown(side, sizes[i] / sizes[1 - i] * firsts[1 - i]))
        if one is None
        else one
        for i, (side, one) in enumerate(zip(sides, shown, strict=True))
    )
    apart, scaled_apart = (abs(np.log2(sizes[1] / sizes[0] * by)) for by in (1.0, a[0] / b[0]))
    scaled = any((one != 1).any() for one in (a, b))
    return (a, b) if scaled and scaled_apart < 0.5 and scaled_apart <= apart else None


def _shown(side: Sequence[Side]) -> Array | None:
    """(n,): what one side's raw gradients are divided by, before a clip if there is one: then as at the step before.

    A clip only makes elements smaller, and leaves some as they are: where the largest ratio of a tensor is a power of
    two, and many of its elements have it, that is the scale. So it is where the ratios of all steps are such powers of
    each other, as no clip's are. None where no tensor at any step shows one, or a single one of many does.
    """
    pairs = [(np.asarray(one.gradient), np.asarray(one.led_by)) for one in side]
    for unit in (1.0, max(float(_ratios(raw, used)[0].max()) for raw, used in pairs)):
        powers = np.array([_powers(raw, used, unit) for raw, used in pairs])
        of_step = powers.max(axis=0)
        known = of_step > 0
        shown = (powers > 0).sum() >= min(2, powers.size)  # a single one is what a clip may come to
        if shown and (unit == 1 or known.all()):
            last = np.maximum.accumulate(np.where(known, np.arange(len(known)), int(known.argmax())))
            return np.asarray(1 / of_step[last])
    return None


def _ratios(raw: Array, used: Array) -> Array:
    """(n, k): used to raw; 0 where the raw one is too small for it."""
    return np.divide(used, raw, out=np.zeros_like(raw), where=_felt(raw))


def _felt(raw: Array) -> Array:
    return np.asarray(np.abs(raw) > FELT * np.abs(raw).max(axis=1, keepdims=True))


def _powers(raw: Array, used: Array, unit: float) -> Array:
    """(n,): what a tensor's largest ratio of used to raw is at each step, if a unit times a power of two; else 0."""
    ratio = _ratios(raw, used)
    top = ratio.max(axis=1)
    if unit <= 0:
        return np.zeros_like(top)
    power = unit * np.exp2(np.round(np.log2(np.where(top > 0, top, unit) / unit)))
    shares = (np.abs(ratio / power[:, None] - 1) <= EXACT).sum(axis=1) / np.maximum(_felt(raw).sum(axis=1), 1)
    return np.where((top > 0) & (np.abs(top / power - 1) <= EXACT) & (shares >= MANY), power, 0.0)


def _not_shown(side: Sequence[Side], larger: float) -> float:
    """The scale where every step is clipped, so that it does not show in the gradients, nor does it matter: it is taken
    for what the raw gradients are larger by than the other side's are without its scale.
    """
    scale = max(2.0 ** round(np.log2(larger)), 1.0)
    pairs = [(np.asarray(one.led_by), np.asarray(one.gradient)) for one in side]
    fits = all((np.abs(used) * scale <= np.abs(raw) * (1 + EXACT)).all() for used, raw in pairs)
    return scale if fits else 1.0


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
    digits = 10 if (np.exp2(np.round(np.log2(scale))) == scale).all() else 6
    told = [f"{one:.{digits}g}" for one in (least, most)]
    return told[0] if told[0] == told[1] else " to ".join(told)
