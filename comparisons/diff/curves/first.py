"""A factor that the losses have at first, where both trainings still have the same parameters, and not later."""

import numpy as np

from comparisons.diff.curves.shapes import FEWEST, OPEN, Sides
from comparisons.traces.trace import Array

MOST = 1e6  # of samples, times the places of each
CHANCE = 0.01  # that a ratio is as near to a whole number


def factor_at_first(sides: Sides, steps: Array) -> tuple[float, str] | None:
    """How many times A's loss B's is, with words; None if neither is a whole number of times the other, or if that is
    not known so well that chance hardly makes it.
    """
    (name, larger), (other, smaller) = sorted(zip("AB", sides.each, strict=True), key=lambda side: -side[1][0][0])
    if len(steps) < FEWEST or smaller[0][0] <= 0 or larger[0][0] > MOST * smaller[0][0]:
        return None
    if any(opened[0] > OPEN * losses[0] for losses, opened in sides.each):
        return None
    ratio = float(larger[0][0] / smaller[0][0])
    whole, near = round(ratio), ratio * sum(float(opened[0] / losses[0]) for losses, opened in sides.each)
    off = np.abs(larger[0] - whole * smaller[0]) > larger[1] + whole * smaller[1]
    if whole < 2 or 2 * near > CHANCE or off[0] or not off.any():
        return None
    words = (
        f"{name}'s loss is {whole} times {other}'s at step {steps[0]}, as a sum over {whole} is of a mean, and no "
        f"longer at step {steps[off.argmax()]}: something else differs, too, or the larger gradients take the "
        "parameters elsewhere."
    )
    return float(whole if name == "B" else 1 / whole), words
