"""Where one and the same rule gives other numbers in another framework: below the range of float32, or of its digits.

Numbers below TINY are rounded to a few digits in torch and NumPy, and TensorFlow takes them for 0. The squares of
gradients below 1e-19 are such numbers; what divides by their root feels it, unless an epsilon covers them.
"""

from math import sqrt
from typing import assert_never

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Mismatch
from comparisons.frameworks.framework import Framework
from comparisons.porting.tolerance import ROUNDING
from comparisons.rules import (
    ASGD,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    base_rate,
)

TINY = 2.0**-126  # the smallest number of float32 that has all its digits
SMALLEST = 1e-22  # of the gradients for which exactness is claimed: those of the probes
LEAST_DECAY = 0.1
# Lamb squares steps, g / epsilon, and parameters, which are these times the rate where they start at 0.
LEAST_RATE = 4 * sqrt(TINY) / SMALLEST
UPDATES = 1000  # in each of which a sum that forgets nothing loses a square


def subnormals(rule: Rule, pair: tuple[Framework, Framework]) -> tuple[Mismatch, ...]:
    """The mismatch of two frameworks that no route mends: squares of tiny gradients that nothing covers."""
    if covers(rule):
        return ()
    one, other = pair
    below = "1e-9" if isinstance(rule, Adafactor) else "1e-15"
    message = (
        f"in float32 squares of gradients may be below 1.2e-38, {_treated(one, other)}, and no epsilon covers them: "
        f"felt where gradients are below {below}"
    )
    return (Mismatch(field="subnormals", source=f"{one.name}'s", target=f"{other.name}'s", message=message),)


def _treated(one: Framework, other: Framework) -> str:
    if one.flushes == other.flushes:
        return f"where {one.name} and {other.name} have a few digits and round them in another order"
    flushing, keeping = (one, other) if one.flushes else (other, one)
    return f"where {keeping.name} keeps a few digits and {flushing.name} takes 0"


def covers(rule: Rule) -> bool:
    """Whether squares that are lost below TINY are rounding beside the epsilon that is added to them, or to their root.

    A mean over 1 / (1 - decay) updates loses TINY at most in each. A symbol is neither above nor below anything, and
    is taken to cover.
    """
    match rule:
        case Lamb(learning_rate=rate, epsilon=epsilon) if base_rate(rate) < LEAST_RATE * epsilon:
            return False
        case Adam(beta2=decay, epsilon=epsilon) | NAdam(beta2=decay, epsilon=epsilon):
            return not epsilon < outside(decay)
        case RAdam(beta2=decay, epsilon=epsilon) | Lamb(beta2=decay, epsilon=epsilon):
            return not epsilon < outside(decay)
        case RMSprop(rho=decay, epsilon=epsilon, epsilon_position="outside-root"):
            return not epsilon < outside(decay)
        case RMSprop(rho=decay, epsilon=epsilon):
            return not epsilon < inside(decay)
        case Adadelta(epsilon=epsilon):  # Keras's product of a gradient and the root of epsilon
            return not epsilon < (TINY / SMALLEST / ROUNDING["float32"]) ** 2
        case ScheduleFreeAdamW(beta2=decay, epsilon=epsilon):
            return not epsilon < outside(decay)
        case AdaBelief(beta2=decay, epsilon=epsilon):
            return not epsilon < inside(decay)
        case Adagrad(epsilon=epsilon, epsilon_position=position, initial_accumulator=start):
            if not start < inside(1 - 1 / UPDATES):
                return True
            return not epsilon < (outside if position == "outside-root" else inside)(1 - 1 / UPDATES)
        case Ftrl(initial_accumulator=start):
            return not start < inside(1 - 1 / UPDATES)
        case Adafactor(epsilon1=epsilon1, epsilon1_position=position):
            # where r c is below TINY, and epsilon1 a floor, v is below TINY / epsilon1, or epsilon1^2
            return epsilon1 is None or not epsilon1 < (inside(0.0) if position == "added" else TINY ** (1 / 3))
        case Muon(epsilon=epsilon):  # a norm, whose square is lost below TINY
            return not epsilon < sqrt(TINY) / ROUNDING["float32"]
        case SGD() | ASGD() | Rprop() | Lion() | Adamax() | ScheduleFreeSGD():  # no squares
            return True
        case _:
            assert_never(rule)


def outside(decay: float) -> float:
    """The least epsilon, added to the root of a mean of squares, that covers what is lost of the mean."""
    return sqrt(TINY / max(1 - decay, 1 / UPDATES**2)) / ROUNDING["float32"]


def inside(decay: float) -> float:
    """The least epsilon, added to a mean of squares, that covers what is lost of it: half of it goes on to the root."""
    return TINY / max(1 - decay, 1 / UPDATES**2) / (2 * ROUNDING["float32"])


def forgets(call: NativeCall | None, rule: Rule) -> tuple[Mismatch, ...]:
    """The mismatch of a class that takes a mean as v + (g^2 - v) (1 - beta2), where beta2 is small.

    The rounding is that of the larger of v and g^2, of which beta2 is in the mean: 1 / beta2 epsilons.
    """
    decay = getattr(rule, "beta2", 1.0)
    if call is None or not decay < LEAST_DECAY:
        return ()
    native = frameworks.of(call.framework).classes_in(call.module)[call.name]
    if not native.mean_by_difference:
        return ()
    message = (
        "the class takes the mean of squares as v + (g^2 - v) (1 - beta2), which keeps the rounding of a v that beta2 "
        f"forgets: felt where a gradient is much smaller than the one before ({native.source})"
    )
    return (Mismatch(field="beta2", source=decay, target=decay, message=message),)
