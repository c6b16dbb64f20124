"""Rates that depend on the step: a small closed algebra.

`records` has the pieces and the ways to join them, `rates` what they come to at a step, `shape` where their formula
changes, `canonical` when two are one.
"""

from comparisons.rules.schedules.canonical import canonical_rate
from comparisons.rules.schedules.rates import rate_at
from comparisons.rules.schedules.records import (
    COUNT,
    SPAN,
    STEPS,
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    Piece,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
)
from comparisons.rules.schedules.shape import base_rate, length, scaled, touches_zero, turning_points

__all__ = [
    "COUNT",
    "SPAN",
    "STEPS",
    "Clock",
    "CosineDecay",
    "CosineRestarts",
    "Cyclic",
    "ExponentialDecay",
    "InverseTimeDecay",
    "Piece",
    "PolynomialDecay",
    "Product",
    "Schedule",
    "Sequential",
    "StepDecay",
    "base_rate",
    "canonical_rate",
    "length",
    "rate_at",
    "scaled",
    "touches_zero",
    "turning_points",
]
