"""What a mismatch costs."""

from typing import Literal

from comparisons.frameworks.framework import Framework
from comparisons.rules import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    ClipGlobalNorm,
    ClipNorm,
    CosineDecay,
    Muon,
    RMSprop,
    Rule,
    Schedule,
    Sequential,
    Surroundings,
)
from comparisons.rules.schedules import touches_zero

Fidelity = Literal[
    "exact",  # the same recursion
    "exact-at-constant-learning-rate",  # the same, as long as nobody changes the rate in mid-training
    "exact-with-hook",  # the same, with a few lines that run at every step
    "approximate",  # close, and not the same
    "drop-in-only",  # no native class follows the rule; a drop-in does
    "impossible",  # neither
]


def lost(framework: Framework, rule: Rule, reached: Rule, field: str) -> Fidelity:
    """How close the native call, which reached one rule, still is to another when they differ in this field alone."""
    match field, reached:
        # a hook sets epsilon anew at every step: epsilon sqrt(1 - beta2^t), or over it
        case "epsilon_position", Adam():
            return "exact-with-hook"
        # a hook multiplies the velocity by the new rate over the old one; torch's has no old one once the rate is 0
        case "learning_rate_in_velocity", SGD() | RMSprop():
            return "approximate" if framework.hooks and reaches_zero(rule) else "exact-with-hook"
        # a hook steps the scheduler no further, or a few lines make a schedule that goes on
        case "learning_rate", Surroundings(learning_rate=rate) if last_cosine(rate) is not None:
            return "exact-with-hook"
        # it is off by learning_rate weight_decay of a step
        case "weight_decay_coupling", _ if "coupled" not in (rule.weight_decay_coupling, reached.weight_decay_coupling):
            return "approximate"
        # a hook before the step multiplies the parameters by 1 - learning_rate weight_decay; the call's own is then 0
        case "weight_decay_coupling", _ if framework.hooks and rule.weight_decay_coupling == "decoupled":
            return "exact-with-hook"
        # a hook before the step clips by the other formula
        case "clip", Surroundings(clip=ClipNorm() | ClipGlobalNorm()):
            return "exact-with-hook" if framework.hooks else "approximate"
        case "epsilon_position" | "epsilon" | "velocity" | "iteration_dtype", Muon():
            return "approximate"
        case "epsilon_position", Adagrad() | RMSprop() | Adamax():
            return "approximate"
        case "epsilon1" | "epsilon1_position" | "scale_after_decay", Adafactor():
            return "approximate"
        case _:
            return "drop-in-only"


def last_cosine(rate: float | Schedule) -> tuple[float, CosineDecay] | None:
    """The cosine that a rate ends with, and the update from which on it does so."""
    match rate:
        case CosineDecay():
            return 0, rate
        case Sequential(pieces=(*_, CosineDecay() as last), at=(*_, start)):
            return start, last
        case _:
            return None


def reaches_zero(rule: Rule) -> bool:
    """Whether the rate is 0 at times: a velocity that holds it goes on from there, and no buffer of torch's does."""
    return touches_zero(rule.learning_rate)
