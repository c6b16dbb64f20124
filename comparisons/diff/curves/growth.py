"""A gap that grows out of rounding: what training amplifies."""

import numpy as np

from comparisons.analysis.rounding import DOUBLINGS
from comparisons.traces.trace import Array

CALM = 10  # steps at least, over which the gap was one of rounding
GRAZED = 10  # times what rounding allows: a gap that is larger where it is first seen has leapt, not grown
BOTH_WAYS = 0.25  # of the steps: rounding lifts now the one loss and now the other, which half of them would show


def doubled(a: Array, b: Array, bound: Array) -> float | None:
    """In how many steps the gap doubles of two curves (n,) that part by rounding that training amplifies.

    The gap is one of rounding for a while, and passes what rounding allows (n,) without a leap. Until then it either
    goes both ways, or grows exponentially: that of another rule goes one way, and like a power of the steps.
    """
    gap = np.abs(b - a)
    first = int((gap > bound).argmax())
    seen = int((gap > 0).argmax())
    if first - seen < CALM or gap[first] > GRAZED * bound[first]:
        return None
    signs = np.sign((b - a)[seen:first])
    signs = signs[signs != 0]
    both_ways = len(signs) > 1 and float(np.mean(signs[1:] != signs[:-1])) >= BOTH_WAYS
    grown = np.log2(np.maximum.accumulate(gap[seen:]))
    grown = grown[: int((grown >= grown[-1] - 1).argmax()) + 1]  # half the largest: there it is as large as it gets
    doublings = float(grown[-1] - grown[0])
    if doublings < 1 or not (both_ways or (doublings >= DOUBLINGS and _exponential(grown))):
        return None
    return (len(grown) - 1) / doublings


def _exponential(logs: Array) -> bool:
    """Whether a straight line lies closer to logarithms (n,) than one through the logarithm of the steps."""
    steps = np.arange(1.0, len(logs) + 1)
    line, power = (np.polyfit(x, logs, 1, full=True)[1] for x in (steps, np.log2(steps)))
    return float(line.sum()) < float(power.sum())
