"""Wrong schedules for a right rule."""

from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.rules import SGD, CosineDecay, ExponentialDecay, InverseTimeDecay, StepDecay, rate_at
from tests.mutants.mutant import mutants_of
from tests.mutants.parts import TRUE, Parts, fields

EARLY = Parts(rate=lambda rule, k: TRUE.rate(rule, k + 1))
LATE = Parts(rate=lambda rule, k: TRUE.rate(rule, max(k - 1, 0)))


def _rising_again(rule: Any, k: int) -> float:
    over = rule.learning_rate.over
    return TRUE.rate(rule, k % over if k // over % 2 == 0 else over - k % over)


def _floor_a_rate(rule: Any, k: int) -> float:
    schedule = rule.learning_rate
    fallen = rate_at(replace(schedule, initial=1.0, floor=0.0), k)
    return float(schedule.floor + (schedule.initial - schedule.floor) * fallen)


STEP, COSINE = StepDecay(initial=0.01, every=2, factor=0.5), CosineDecay(initial=0.01, over=50, floor=0.1)
MUTANTS = (
    *mutants_of(
        "torch StepLR",
        SGD(learning_rate=STEP),
        {
            "one step early": EARLY,
            "one step late": LATE,
            "smooth": fields(learning_rate=ExponentialDecay(initial=0.01, rate=0.5, over=2.0)),
            "never read": fields(learning_rate=0.01),
            "factor 0.501": fields(learning_rate=replace(STEP, factor=0.501)),
        },
        "schedule",
    ),
    *mutants_of(
        "keras ExponentialDecay",
        SGD(learning_rate=ExponentialDecay(initial=0.01, rate=0.5, over=2.0)),
        {
            "one step early": EARLY,
            "in steps": fields(learning_rate=STEP),
            "in float32": Parts(rate=lambda rule, k: float(np.float32(TRUE.rate(rule, k)))),
        },
        "schedule",
    ),
    *mutants_of(
        "torch Adagrad's lr_decay",
        SGD(learning_rate=InverseTimeDecay(initial=0.01, rate=0.01)),
        {
            "one step early": EARLY,
            "exponential": fields(learning_rate=ExponentialDecay(initial=0.01, rate=1 / 1.01)),
        },
        "schedule",
    ),
    *mutants_of(
        "keras CosineDecay",
        SGD(learning_rate=COSINE),
        {
            "one step early": EARLY,
            "no floor": fields(learning_rate=replace(COSINE, floor=0.0)),
            "floor a rate, not a share": Parts(rate=_floor_a_rate),
            "rising again, as in torch": Parts(rate=_rising_again),
        },
        "schedule",
    ),
)
