"""Where an axis of losses begins and ends, linear or by powers of ten, and its few ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from matplotlib.ticker import MaxNLocator

from comparisons.plots.axis import power_of_ten
from comparisons.tasks.streams import Array

Scale = Literal["linear", "log"]
MARGIN = 0.06
TINY, HUGE = 1e-300, 1e300  # beyond these, arithmetic on the limits would leave the range of a float
MOST_STEPS = 1000  # from 0 to a tick: for more, a panel has no room for the digits


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The limits (on a log axis the powers of ten), and its ticks with their labels.

    `beyond` is the number that the labels leave out: where losses differ in late digits alone, a tick says how far it
    lies above that number.
    """

    scale: Scale
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    beyond: str = ""

    def share(self, values: Array) -> Array:
        """How far up the axis values lie: 0 at its lower end, 1 at the upper."""
        with np.errstate(divide="ignore", invalid="ignore"):
            levels = np.log10(values) if self.scale == "log" else values
            return np.asarray((levels - self.low) / (self.high - self.low))


def axes_for(curves: Sequence[Array]) -> dict[Scale, Axis]:
    """The axes that show all curves, the usual one first: by powers of ten where losses span more than one of them.

    There is no log axis where a loss is negative, or all are 0.
    """
    values = np.concatenate([curve.ravel() for curve in curves]).astype(np.float64) if curves else np.empty(0)
    values = values[np.abs(values) < HUGE]  # not NaN either
    values[np.abs(values) < TINY] = 0
    linear, positive = _linear(values), values[values > 0]
    if not len(positive) or values.min() < 0:
        return {"linear": linear}
    log = _log(float(np.log10(positive.min())), float(np.log10(positive.max())))
    return {"log": log, "linear": linear} if positive.max() > 10 * positive.min() else {"linear": linear, "log": log}


def _linear(values: Array) -> Axis:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = MARGIN * (high - low) or MARGIN * abs(high) or 1.0
    low, high = low - margin, high + margin
    ticks = [float(tick) for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    step = min((b - a for a, b in pairwise(ticks)), default=0.0)
    if step and max(map(abs, ticks)) > MOST_STEPS * step:
        labels = ["0", *(f"+{_short(i * step)}" for i in range(1, len(ticks)))]
        marked = tuple(zip(ticks, labels, strict=True))
        return Axis(scale="linear", low=low, high=high, ticks=marked, beyond=f"{ticks[0]:.12g}")
    return Axis(scale="linear", low=low, high=high, ticks=tuple((tick, _number(tick, step)) for tick in ticks))


def _number(tick: float, step: float) -> str:
    """A tick's label, with the digits that tell it from its neighbours."""
    if not 1e-4 <= step < 1e5:
        return _short(tick)
    return f"{tick:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}".replace("-", "−")


def _short(value: float) -> str:
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def _log(low: float, high: float) -> Axis:
    """Ticks at a few powers of ten, and at 2 and 5 times them where those would be too few."""
    margin = MARGIN * (high - low) or 0.1
    low, high = max(low - margin, -307.0), min(high + margin, 308.0)
    powers = range(math.ceil(low), math.floor(high) + 1)
    stride = next(stride for stride in (1, 2, 5, 10, 20, 50, 100, 200) if len(powers) <= 5 * stride)
    ticks = {float(power): power_of_ten(power) for power in powers if power % stride == 0}
    if len(powers) < 2:
        for power in range(math.floor(low), math.ceil(high)):
            ticks |= {power + math.log10(part): _short(part * 10.0**power) for part in (1, 2, 5)}
    shown = sorted((level, label) for level, label in ticks.items() if low <= level <= high)
    return Axis(scale="log", low=low, high=high, ticks=tuple(shown))
