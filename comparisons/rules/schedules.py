"""Learning rates that depend on the step: k is the number of updates made, 0 at the first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, assert_never

from comparisons.names import BadInput
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range, check_number

STEPS = Range(ge=1, integer=True)


@dataclass(frozen=True, kw_only=True)
class _Decay:
    """What the schedules share: they start at `initial`, and their fields are in `ranges`.

    Raises:
        BadInput: a field is out of its range; numbers are kept as Python's own.
    """

    ranges: ClassVar[Mapping[str, Range]]

    initial: float

    def __post_init__(self) -> None:
        place = type(self).__name__
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in self.ranges:
                object.__setattr__(self, field.name, check_number(place, field.name, value, self.ranges[field.name]))
            elif not isinstance(value, bool):
                raise BadInput(f"{place}: {field.name} is {value!r}; it must be True or False")


@dataclass(frozen=True, kw_only=True)
class StepDecay(_Decay):
    """initial factor^floor(k / every). torch: StepLR. Keras: ExponentialDecay(staircase=True)."""

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "every": STEPS, "factor": POSITIVE}

    every: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class ExponentialDecay(_Decay):
    """initial rate^(k / over). torch: ExponentialLR (over = 1). Keras: ExponentialDecay."""

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "rate": POSITIVE, "over": Range(ge=1)}

    rate: float
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class InverseTimeDecay(_Decay):
    """initial / (1 + rate k / over). torch: Adagrad's lr_decay. Keras: InverseTimeDecay."""

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "rate": NOT_NEGATIVE, "over": Range(ge=1)}

    rate: float
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class CosineDecay(_Decay):
    """initial ((1 - floor) (1 + cos(pi min(k, over) / over)) / 2 + floor).

    Keras: CosineDecay(alpha=floor), which stays low after `over` steps.
    torch: CosineAnnealingLR(T_max=over, eta_min=initial floor), which `rises` again: k in place of min(k, over).

    Paper: Loshchilov and Hutter 2017. Sources: torch/optim/lr_scheduler.py, keras/src/optimizers/schedules.
    """

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "over": STEPS, "floor": Range(ge=0, le=1)}

    over: int
    floor: float = 0.0
    rises: bool = False


Schedule = StepDecay | ExponentialDecay | InverseTimeDecay | CosineDecay


def rate_at(learning_rate: float | Schedule, k: int) -> float:
    """The learning rate after k updates, in float64. (Keras computes its schedules in float32 unless given float64.)"""
    if isinstance(learning_rate, float):  # by far the most frequent, so it is asked first
        return learning_rate
    match learning_rate:
        case StepDecay(initial=initial, every=every, factor=factor):
            return initial * _power(factor, k // every)
        case ExponentialDecay(initial=initial, rate=rate, over=over):
            return initial * _power(rate, k / over)
        case InverseTimeDecay(initial=initial, rate=rate, over=over):
            return initial / (1 + rate * k / over)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
            fallen = (1 + math.cos(math.pi * (k if rises else min(k, over)) / over)) / 2
            return initial * ((1 - floor) * fallen + floor)
        case _:
            assert_never(learning_rate)


def _power(base: float, exponent: float) -> float:
    """base ** exponent, infinite where Python would raise: what a growing rate comes to is for the training to show."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
