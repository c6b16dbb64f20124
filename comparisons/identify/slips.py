"""Slips of an optimizer that somebody typed: what the rates of its steps say it does otherwise than the paper."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from comparisons.identify.curves import steady
from comparisons.identify.numbers import written
from comparisons.rules import Adam, Adamax, Rule
from comparisons.tasks.streams import Array

FELT = 1e-4  # relative: so well known, a number of four digits is no chance


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A slip.

    Args:
        says: what is done. mended: what to do.
        rate: the learning rate, where it is one number then, and goes by step otherwise.
        made: of Adam, (steps,) each: by what m / sqrt(v) is multiplied then, and sqrt(v) where epsilon is added.
        meant: the rule, where it has other numbers than what was found.
    """

    says: str
    mended: str
    rate: float | None = None
    made: tuple[Array, Array] | None = None
    meant: Rule | None = None


Slips = Iterator[tuple[str, str, Array, Array | None]]
UPHILL = Slip(says="it goes up the gradient", mended="subtract the step, unless maximize=True is meant")


def slip(rule: Rule, rates: Array, noise: Array | float = 0.0) -> Slip | None:
    """The slip that rates (steps,) of their own make up for, from the first step on; None if they are none of these.

    m and v begin at 0, and are divided by 1 - beta1^t and 1 - beta2^t, t = 1, 2, ...: what is done otherwise there is
    a factor of the step, the same for all elements, but for an epsilon.

    Args:
        noise: (steps,) what rounding may make of each rate, relative.
    """
    if steady(rates) is not None:
        return None
    t = np.arange(1, len(rates) + 1)
    slips: Slips
    match rule:
        case Adam(beta1=beta1, beta2=beta2) if beta1 and beta2:
            made = _corrected(beta1, t) / np.sqrt(_corrected(beta2, t)) if rule.bias_correction else 1.0
            slips = _of_adam(beta1, beta2, t)
        case Adamax(beta1=beta1) if beta1:
            made, slips = _corrected(beta1, t), _of_adamax(beta1, t)
        case _:
            return None
    for says, mended, factor, root in slips:
        if (rate := steady(rates * made / factor, noise)) is not None:
            return Slip(says=says, mended=mended, rate=rate, made=None if root is None else (factor, root))
    return None


def _corrected(beta: float, t: Array) -> Array:
    """What a moment that begins at 0 is to be multiplied by."""
    return np.asarray(1 / (1 - beta**t))


M, V = "divide it by 1 - beta1^t", "divide it by 1 - beta2^t"
FIRST = "let t be 1 at the first update"


def _of_adam(beta1: float, beta2: float, t: Array) -> Slips:
    m, v = (_corrected(beta, t) for beta in (beta1, beta2))
    yield "m is not corrected for its start at 0", M, 1 / np.sqrt(v), np.sqrt(v)
    yield "v is not corrected for its start at 0", V, m, np.ones(len(t))
    yield "the root of v is divided by 1 - beta2^t", "divide v by it, inside the root", m / v, v
    yield "m is divided by 1 - beta2^t and v by 1 - beta1^t", "exchange them", v / np.sqrt(m), np.sqrt(m)
    root = np.sqrt(_corrected(beta2, t + 1))
    yield "the corrections are one step ahead", FIRST, _corrected(beta1, t + 1) / root, root


def _of_adamax(beta1: float, t: Array) -> Slips:
    yield "m is not corrected for its start at 0", M, np.ones(len(t)), None
    yield "the correction is one step ahead", FIRST, _corrected(beta1, t + 1), None


def forgets_t(rule: Rule, ranges: Mapping[str, tuple[float, float]]) -> Slip | None:
    """The slip of an Adam without corrections whose rate and epsilon are what 1 - beta in the place of them makes.

    Only where nobody would have written either of the two, and both are felt.
    """
    match rule:
        case Adam(beta1=beta1, beta2=beta2, bias_correction=False, weight_decay=0.0, root_epsilon=0.0) if (
            beta1 and beta2 and rule.epsilon
        ):
            root = float(np.sqrt(1 - beta2))
            factors = {"learning_rate": (1 - beta1) / root, "epsilon": 1 / root}
        case _:
            return None
    meant: dict[str, Any] = {"bias_correction": True, "epsilon_position": "corrected-root"}
    for name, factor in factors.items():
        low, high = ranges[name]
        number = written(name, low * factor, high * factor)
        if high - low > FELT * low or written(name, low, high) is not None or number is None:
            return None
        meant[name] = number
    says = "the corrections forget t, and divide m by 1 - beta1 and v by 1 - beta2"
    return Slip(says=says, mended="divide by 1 - beta1^t and 1 - beta2^t", meant=replace(rule, **meant))
