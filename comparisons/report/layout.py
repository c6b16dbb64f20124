"""Where things are in a panel, in units of its SVG; the script on the page draws by the same numbers."""

from dataclasses import asdict, dataclass

import numpy as np

from comparisons.plots.axis import GAP, ZERO_GAP, step_axis
from comparisons.plots.panels import LEAST_GAP
from comparisons.report.axes import Axis
from comparisons.report.drawing import highest, path, thinned
from comparisons.tasks.streams import Array


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A panel: losses above, gaps below, over the same steps. Curves are written in `grain`ths of a unit."""

    width: int = 320
    height: int = 222
    left: int = 42
    plot: int = 274  # how wide the curves are
    losses_top: int = 14
    losses: int = 118
    gaps_top: int = 146
    gaps: int = 60
    grain: int = 2


LAYOUT = Layout()
# Stretches of steps of a curve as the page comes, which is within a megabyte; the script draws one to a unit.
LOSS_BINS, GAP_BINS = 100, 50
GAP_LOW, GAP_HIGH = np.log10(GAP.limits)


def as_data() -> dict[str, float]:
    """The layout for the script, with the ends of the axis of gaps, as powers of ten, and what is drawn for none."""
    low, high = float(GAP_LOW), float(GAP_HIGH)
    return {**asdict(LAYOUT), "gap_low": low, "gap_high": high, "gap_zero": ZERO_GAP, "gap_least": LEAST_GAP}


def losses_path(values: Array, axis: Axis) -> str:
    """A curve of losses (steps,) as a path."""
    steps, kept = thinned(np.arange(len(values)), values.astype(np.float64), LOSS_BINS)
    return path(across(steps, len(values)), up(axis.share(kept), LAYOUT.losses))


def gaps_path(values: Array) -> str:
    """A curve of gaps (steps,) as a path; NaN, where there is none, is passed over."""
    steps, kept = highest(values, GAP_BINS)
    there = np.isfinite(kept)
    return path(across(steps[there], len(values)), gap_heights(kept[there]))


def gap_heights(gaps: Array) -> Array:
    """Where gaps are drawn: 0 at the foot, and others above it however small they are."""
    shown = np.where(gaps == 0, ZERO_GAP, np.clip(gaps, LEAST_GAP, GAP.limits[1]))
    return up((np.log10(shown) - GAP_LOW) / (GAP_HIGH - GAP_LOW), LAYOUT.gaps)


def across(steps: Array, count: int) -> Array:
    """Where steps are from the left."""
    return steps * (LAYOUT.grain * LAYOUT.plot / max(count - 1, 1))


def up(share: Array, height: int) -> Array:
    """Where shares of an axis are from the top; what falls out of it lies a little outside."""
    return LAYOUT.grain * height * (1 - np.clip(np.nan_to_num(share, nan=0.0), -0.05, 1.05))


def gap_ticks() -> list[tuple[float, str]]:
    """The ticks of gaps: how far from the top of the panel, in units, and their labels."""
    heights = LAYOUT.gaps_top + gap_heights(np.array(list(GAP.ticks))) / LAYOUT.grain
    return list(zip(heights.round(1).tolist(), GAP.ticks.values(), strict=True))


def loss_ticks(axis: Axis) -> list[tuple[float, str]]:
    """The same of losses."""
    span = axis.high - axis.low
    return [
        (round(LAYOUT.losses_top + LAYOUT.losses * (1 - (at - axis.low) / span), 1), label) for at, label in axis.ticks
    ]


def step_ticks(steps: int) -> list[tuple[float, str]]:
    """The ticks of steps: how far from the left of the panel, in units, and their labels."""
    found = step_axis(max(steps - 1, 1)).ticks
    return [(round(LAYOUT.left + at * LAYOUT.plot / max(steps - 1, 1), 1), label) for at, label in found.items()]
