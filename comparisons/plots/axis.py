"""Where an axis begins and ends, and its few ticks, chosen once for all the panels that share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from comparisons.plots.curves import Band

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
STRIDES = (1, 2, 5, 10, 20, 50, 100, 200)  # between powers of ten
MARGIN = 0.08
TINY, HUGE = 1e-300, 1e300  # beyond these, arithmetic on the limits of an axis would leave the range of a float
ZERO_GAP = 1e-20  # where a gap of 0 is drawn


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A name, a scale, its limits, and its ticks with their labels."""

    name: str
    scale: Literal["linear", "log"] = "linear"
    limits: tuple[float, float]
    ticks: dict[float, str]

    def set_x(self, axes: Axes, *, labelled: bool = True, named: bool = False) -> None:
        """Make this the x axis of `axes`, with or without the labels of its ticks and its name."""
        axes.set_xlim(self.limits)
        axes.set_xticks(list(self.ticks), self._labels(labelled))
        axes.set_xlabel(self.name if named else "", labelpad=1)

    def set_y(self, axes: Axes, *, labelled: bool = True) -> None:
        """Make this the y axis of `axes`, with or without the labels of its ticks and its name."""
        if self.scale != "linear":
            axes.set_yscale(self.scale)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(self.limits)
        axes.set_yticks(list(self.ticks), self._labels(labelled))
        axes.set_ylabel(self.name if labelled else "")

    def _labels(self, labelled: bool) -> list[str]:
        return list(self.ticks.values()) if labelled else [""] * len(self.ticks)


# One axis for all gaps of all pictures. A gap above 100 leaves it: that run explodes, and the source's does not.
GAP = Axis(
    name="gap",
    scale="log",
    limits=(ZERO_GAP / 5, 100.0),
    ticks={ZERO_GAP: "0", float(np.finfo("float64").eps): "ε64", float(np.finfo("float32").eps): "ε32", 1.0: "1"},
)
ACCURACY = Axis(name="accuracy", limits=(-0.04, 1.04), ticks={0.0: "0", 0.5: "0.5", 1.0: "1"})


def step_axis(last: int) -> Axis:
    """From step 0 to the last one."""
    margin = 0.02 * max(last, 1)
    ticks = {step: f"{step:g}" for step in _round(0, last, most=5, integer=True)}
    return Axis(name="step", limits=(-margin, last + margin), ticks=ticks)


def linear_axis(name: str, low: float, high: float) -> Axis:
    """From `low` to `high`."""
    return Axis(name=name, limits=(low, high), ticks={value: _number(value) for value in _round(low, high)})


def loss_axis(bands: Sequence[Band]) -> Axis:
    """An axis that shows all of `bands`: logarithmic if none is negative and they span more than a factor of 10.

    On a logarithmic axis, a loss of exactly 0 falls out of the panel at its lower edge.
    """
    values = np.array([part for band in bands for part in (band.low, band.middle, band.high)])
    finite = values[np.abs(values) < HUGE]
    finite[np.abs(finite) < TINY] = 0
    positive = finite[finite > 0]
    if len(positive) and finite.min() >= 0 and positive.max() / 10 > positive.min():
        return _log_axis(float(np.log10(positive.min())), float(np.log10(positive.max())))
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if 0 < high - low < 1e-3 * abs(high):
        return _narrow_axis(low, high)
    margin = MARGIN * (high - low) or MARGIN * abs(high) or 1.0
    return linear_axis("loss", low - margin, high + margin)


def _narrow_axis(low: float, high: float) -> Axis:
    """For values that differ in late digits alone: the name says the highest, and the ticks what others lack of it."""
    lacks = [value for value in _round(low - high, 0) if value < 0]
    ticks = {high: "0"} | {high + lack: _number(lack) for lack in lacks}
    margin = MARGIN * (high - low)
    return Axis(name=f"loss − {_number(high)}…", limits=(low - margin, high + margin), ticks=ticks)


def _log_axis(low: float, high: float) -> Axis:
    """Around 10^low to 10^high. The ticks are a few powers of ten, and 3 times them where they would be too few."""
    margin = MARGIN * (high - low)
    low, high = max(low - margin, -307), min(high + margin, 308)
    first, last = int(np.ceil(low)), int(np.floor(high))
    stride = next(stride for stride in STRIDES if last - first < 5 * stride)
    ticks = {10.0**power: power_of_ten(power) for power in range(first, last + 1) if power % stride == 0}
    if last - first < 2:
        threes = [3 * 10.0**power for power in range(first - 1, last + 1)]
        ticks |= {tick: _number(tick) for tick in threes if low <= np.log10(tick) <= high}
    return Axis(name="loss", scale="log", limits=(10.0**low, 10.0**high), ticks=ticks)


def _round(low: float, high: float, *, most: int = 4, integer: bool = False) -> list[float]:
    """The ends of at most so many intervals between round numbers."""
    values = MaxNLocator(most, steps=[1, 2, 5, 10], integer=integer).tick_values(low, high)
    return [float(value) for value in values if low <= value <= high]


def _number(value: float) -> str:
    return f"{value:.4g}".replace("e-0", "e-").replace("-", "−")


def power_of_ten(power: int) -> str:
    """Ten to that power, as a label."""
    return _number(10.0**power) if abs(power) < 4 else "10" + str(power).translate(SUPERSCRIPT)
