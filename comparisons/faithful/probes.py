"""Probes: starting points, gradients and settings under which two optimizers are compared after every step.

A vector and a stack of matrices, both float64, move along gradients that do not depend on them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from comparisons.rules import (
    Adadelta,
    Adafactor,
    Adam,
    Adamax,
    ClipGlobalNorm,
    CosineDecay,
    Lamb,
    NAdam,
    RAdam,
    RMSprop,
    Rule,
    StepDecay,
)
from comparisons.tasks.streams import Array

STEPS, LONG = 60, 200
SHAPES = ((7,), (2, 3, 4))


def as_it_is(rule: Rule) -> Rule:
    """The setting that changes nothing."""
    return rule


@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """What two optimizers are given.

    Args:
        name: what is particular. shows: what that brings to light.
        starts: the tensors, float64. gradients: of each tensor (steps, *shape).
        setting: how the rule is changed first, so that a part of it is at work.
    """

    name: str
    shows: str
    starts: list[Array]
    gradients: list[Array]
    setting: Callable[[Rule], Rule] = as_it_is


def _drop(rule: Rule) -> Rule:
    if not isinstance(rule.learning_rate, float):
        return rule
    return replace(rule, learning_rate=StepDecay(initial=rule.learning_rate, every=STEPS // 2, factor=0.1))


def _large(rule: Rule) -> Rule:
    return replace(rule, learning_rate=100 * rule.learning_rate) if isinstance(rule.learning_rate, float) else rule


def _at_rest(rule: Rule) -> Rule:
    if not isinstance(rule.learning_rate, float):
        return rule
    return replace(rule, learning_rate=CosineDecay(initial=rule.learning_rate, over=STEPS // 4, rises=True))


def _without_memory(rule: Rule) -> Rule:
    match rule:
        case Adam() | Adamax() | NAdam() | RAdam() | Lamb():
            return replace(rule, beta2=0.0)
        case Adadelta() | RMSprop(centered=False):
            return replace(rule, rho=0.0)
        case _:
            return rule


def _without_epsilon1(rule: Rule) -> Rule:
    return replace(rule, epsilon1=0.0) if isinstance(rule, Adafactor) and rule.epsilon1_position == "added" else rule


def _decayed(rule: Rule) -> Rule:
    return replace(rule, weight_decay=0.01)


def _clipped(rule: Rule) -> Rule:
    return rule if rule.clip else replace(rule, clip=ClipGlobalNorm(limit=1.0, formula="padded"))


def _probes() -> Iterator[Probe]:
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape) for shape in SHAPES]
    long = [rng.normal(size=(LONG, *shape)) for shape in SHAPES]
    unit = [g[:STEPS] for g in long]
    powers = 0.9 ** np.arange(STEPS)
    falling = [np.multiply.outer(powers, np.abs(rng.normal(size=shape))) for shape in SHAPES]
    rare = [g * (rng.random(g.shape) < 0.2) for g in unit]
    for i, g in enumerate(rare):
        g[i::3] = 0  # a tensor has no gradient at all now and then, the one or the other

    burst = [g + np.sign(g) for g in unit]  # none is nearly 0, by which a step is divided where squares are forgotten
    for g in burst:
        g[0] *= 1e8

    def probe(name: str, shows: str, gradients: list[Array] = unit, **given: Any) -> Probe:
        return Probe(name=name, shows=shows, gradients=gradients, **{"starts": starts, **given})

    yield probe("200 steps", "the formula, with gradients as most tests have them", long)
    for exponent in (3, 6, 15):
        small = [10.0**-exponent * g for g in unit]
        yield probe(f"gradients of 1e-{exponent}", "where epsilon stands, and how large it is", small)
    yield probe("falling gradients", "what remembers the largest gradient; sizes that grow", falling)
    yield probe("rare gradients", "what becomes of an element, or a tensor, whose gradient is zero", rare)
    yield probe("from zero", "what depends on the size of the parameters", starts=[np.zeros(shape) for shape in SHAPES])
    yield probe("learning rate drop", "what holds the learning rate of an earlier step", setting=_drop)
    yield probe("learning rate 0 now and then", "what divides by it", setting=_at_rest)
    yield probe("large learning rate", "bounds on the step", setting=_large)
    yield probe(
        "one large gradient", "what is lost next to it, once squares are forgotten", burst, setting=_without_memory
    )
    tiny = [1e-85 * g for g in unit]
    yield probe("gradients of 1e-85", "what underflows", tiny, setting=_without_epsilon1)
    yield probe("weight decay", "how it is coupled, and where it stands", setting=_decayed)
    yield probe("clipping", "whether it is done", setting=_clipped)


PROBES = tuple(_probes())
