"""A rate that falls when a metric no longer gets better: no function of the step, so no schedule of the algebra."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from comparisons.names import BadInput, unknown
from comparisons.rules.ranges import NOT_NEGATIVE, Range, check_number

Mode = Literal["min", "max"]


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """After `after` metrics in a row that are not better than the best, the rate is multiplied by `factor`.

    Better (min; max the other way round): below best (1 - threshold) if `relative`, else below best - threshold.
    The next `pause` metrics are not counted, though they may be the best. The rate stays at `least` or above, and where
    it would change by `smallest` or less, it stays. With `takes_first` the first metric is the best whatever it is, and
    if it is NaN none is ever better; else it is compared with infinity.

    torch: ReduceLROnPlateau, after = patience + 1. Keras: the callback of that name, after = patience, or 1 for 0;
    pause = cooldown - 1, as the metric at which a cooldown ends is counted.

    Sources: torch/optim/lr_scheduler.py, keras/src/callbacks/reduce_lr_on_plateau.py.

    Raises:
        BadInput: a field is out of its range.
    """

    mode: Mode
    factor: float
    after: int
    threshold: float
    relative: bool
    pause: int
    least: float
    smallest: float
    takes_first: bool

    def __post_init__(self) -> None:
        count, ranges = Range(ge=0, integer=True), {"factor": Range(ge=0, lt=1), "after": Range(ge=1, integer=True)}
        ranges |= {"threshold": NOT_NEGATIVE, "pause": count, "least": NOT_NEGATIVE, "smallest": NOT_NEGATIVE}
        for name, allowed in ranges.items():
            object.__setattr__(self, name, check_number("Plateau", name, getattr(self, name), allowed))
        if self.mode not in get_args(Mode):
            raise BadInput("Plateau: " + unknown("mode", self.mode, get_args(Mode)))

    def better(self, metric: float, best: float) -> bool:
        """Whether the metric is better than the best so far."""
        sign = 1 if self.mode == "min" else -1
        bound = best * (1 - sign * self.threshold) if self.relative else best - sign * self.threshold
        return metric < bound if self.mode == "min" else metric > bound


def replay(plateau: Plateau, initial: float, metrics: Sequence[float]) -> list[float]:
    """The rate after each metric, of a rate that is `initial` before the first."""
    rate, rates, bad, pause = initial, [], 0, 0
    best = math.inf if plateau.mode == "min" else -math.inf
    for i, metric in enumerate(metrics):
        if plateau.better(metric, best) or (i == 0 and plateau.takes_first):
            best, bad = metric, 0
        else:
            bad += 1
        if pause:
            pause, bad = pause - 1, 0
        if bad >= plateau.after:
            fallen = max(rate * plateau.factor, plateau.least)
            rate = fallen if rate - fallen > plateau.smallest else rate
            bad, pause = 0, plateau.pause
        rates.append(rate)
    return rates
