"""Learning rates that depend on the step: k is the number of updates made, 0 at the first."""

import math
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, kw_only=True)
class StepDecay:
    """initial factor^floor(k / every). torch: StepLR. Keras: ExponentialDecay(staircase=True)."""

    initial: float
    every: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class ExponentialDecay:
    """initial rate^(k / over). torch: ExponentialLR (over = 1). Keras: ExponentialDecay."""

    initial: float
    rate: float
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class InverseTimeDecay:
    """initial / (1 + rate k / over). torch: Adagrad's lr_decay. Keras: InverseTimeDecay."""

    initial: float
    rate: float
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class CosineDecay:
    """initial ((1 - floor) (1 + cos(pi min(k, over) / over)) / 2 + floor).

    Keras: CosineDecay(alpha=floor). torch: CosineAnnealingLR(T_max=over, eta_min=initial floor), which rises again
    after `over` steps where this one stays low.
    """

    initial: float
    over: int
    floor: float = 0.0


Schedule = StepDecay | ExponentialDecay | InverseTimeDecay | CosineDecay


def rate_at(learning_rate: float | Schedule, k: int) -> float:
    """The learning rate after k updates, in float64. (Keras computes its schedules in float32 unless given float64.)"""
    if isinstance(learning_rate, float):  # by far the most frequent, so it is asked first
        return learning_rate
    match learning_rate:
        case StepDecay(initial=initial, every=every, factor=factor):
            return float(initial * factor ** (k // every))
        case ExponentialDecay(initial=initial, rate=rate, over=over):
            return float(initial * rate ** (k / over))
        case InverseTimeDecay(initial=initial, rate=rate, over=over):
            return initial / (1 + rate * k / over)
        case CosineDecay(initial=initial, over=over, floor=floor):
            fallen = (1 + math.cos(math.pi * min(k, over) / over)) / 2
            return initial * ((1 - floor) * fallen + floor)
        case _:
            assert_never(learning_rate)
