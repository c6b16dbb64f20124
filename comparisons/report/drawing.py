"""Curves as the paths of an SVG: few points, of which no pixel is lost, in few letters."""

from collections.abc import Sequence

import numpy as np

from comparisons.tasks.streams import Array


def thinned(steps: Array, values: Array, bins: int) -> tuple[Array, Array]:
    """Of a curve (steps,), the lowest and the highest point of each of `bins` equal stretches of steps, and its ends.

    A curve with no more points than that is left as it is. One that stops being finite ends there.
    """
    bad = ~np.isfinite(values)
    end = int(bad.argmax()) if bad.any() else len(values)
    steps, values = steps[:end], values[:end]
    if end <= 2 * bins:
        return steps, values
    starts = np.linspace(0, end, bins, endpoint=False).astype(int)
    stretches = zip(starts, [*starts[1:], end], strict=True)
    extremes = [(a + int(values[a:b].argmin()), a + int(values[a:b].argmax())) for a, b in stretches]
    places = np.array(sorted({0, end - 1}.union(*extremes)))
    return steps[places], values[places]


def highest(values: Array, bins: int) -> tuple[Array, Array]:
    """The places and values of the highest points of each of `bins` stretches of a curve (steps,); NaN counts least."""
    if len(values) <= bins:
        return np.arange(len(values)), values
    starts = np.unique(np.linspace(0, len(values), bins, endpoint=False).astype(int))
    return starts, np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), starts)


def path(x: Array, y: Array) -> str:
    """A line through points, as an SVG path in whole numbers: "M0 10l5-3 5 2"; none between two others on a line."""
    if not len(x):
        return ""
    points = np.stack([np.rint(x), np.rint(y)], axis=1).astype(int)
    moves = np.diff(points, axis=0)
    merged: list[list[int]] = []
    for dx, dy in moves[(moves != 0).any(axis=1)].tolist():
        if merged and _goes_on(merged[-1], (dx, dy)):
            merged[-1] = [merged[-1][0] + dx, merged[-1][1] + dy]
        else:
            merged.append([dx, dy])
    numbers = " ".join(f"{dx} {dy}" for dx, dy in merged).replace(" -", "-")
    first = f"{points[0, 0]} {points[0, 1]}".replace(" -", "-")
    return f"M{first}" + (f"l{numbers}" if numbers else "h0")


def _goes_on(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether the second move goes on in the direction of the first."""
    (x, y), (dx, dy) = one, other
    return x * dy == y * dx and x * dx + y * dy > 0


def outline(x: Array, low: Array, high: Array) -> str:
    """The area between two curves over the same x, as a closed path."""
    if not len(x):
        return ""
    return path(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])) + "z"
