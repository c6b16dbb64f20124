"""From which distribution initial values were drawn, as far as their size and their spread tell."""

import numpy as np

from comparisons.diff.pairing import Pair
from comparisons.traces.trace import Array

DEFAULT = "torch's default"
TOLD = 3.0  # of the logarithm of a likelihood: a distribution that is less likely by so much, a twentieth, is not named
ROUNDED = 1 + 1e-3  # times the bound of a uniform distribution: numbers in bfloat16 are rounded beyond it, by less


def drawn(pair: Pair) -> str:
    """From what each side draws its numbers, as far as their largest and their spread tell; "" if they do not."""
    if len(pair.shape) < 2:
        return ""
    told = [distribution(values, pair.shape) for values in (pair.a.before[0], pair.b.before[0])]
    if told[0] == told[1]:
        return f" (both as {told[0]}: another seed)" if told[0] else ""
    return f" (A as {told[0] or 'nothing usual'}, B as {told[1] or 'nothing usual'})"


def distribution(values: Array, shape: tuple[int, ...]) -> str:
    """The usual one that makes the values the likeliest, or two; their shape is torch's (out, in, ...), or (..., in,
    out).

    A uniform one has no number beyond its bound, and torch's default is one.
    """
    deviation = float(values.std())
    if not deviation:
        return "a constant"
    noise = 3 / np.sqrt(2 * len(values))
    near = {
        variance: name
        for name, variance in reversed(_usual(shape).items())  # of two of one variance, the first
        if abs(deviation / np.sqrt(variance) - 1) <= noise
    }
    found = sorted(
        (-_likelihood(values, variance, kind), f"{name}, {kind}")
        for variance, name in near.items()
        for kind in ("uniform", "normal")
        if kind == "uniform" or not name.startswith(DEFAULT)
    )
    possible = [name for unlikely, name in found if unlikely < found[0][0] + TOLD]
    return " or ".join(possible[:2])


def _usual(shape: tuple[int, ...]) -> dict[str, float]:
    """The usual distributions' variances, by name."""
    fans = {int(np.prod(shape)) // shape[0], int(np.prod(shape)) // shape[-1]}
    found = {"Glorot's": 2 / (sum(fans) if len(fans) > 1 else 2 * max(fans))}
    for fan in fans:
        found |= {f"He's of {fan} inputs": 2 / fan, f"{DEFAULT} of {fan} inputs": 1 / (3 * fan)}
        found |= {f"LeCun's of {fan} inputs": 1 / fan}
    return found


def _likelihood(values: Array, variance: float, kind: str) -> float:
    """The logarithm of it."""
    if kind == "normal":
        return float(-len(values) / 2 * np.log(2 * np.pi * variance) - (values**2).sum() / (2 * variance))
    bound = np.sqrt(3 * variance)
    return float(-len(values) * np.log(2 * bound)) if np.abs(values).max() <= bound * ROUNDED else -np.inf
