"""A step in its parts, each of which a mutant may do in another way; and the walk of many steps.

The true parts together are `numpy_impl.optimizers.Optimizer`, to the bit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from comparisons.rules import Rule, rate_at
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State, family, scalars, start
from numpy_impl.rules.clipping import clipped
from numpy_impl.rules.weight_decay import coupled, decouple


def _rule(rule: Rule) -> Rule:
    """The rule that is followed."""
    return rule


def _clip(rule: Any, tensors: Sequence[Array], gradients: Sequence[Array]) -> Sequence[Array]:
    """The gradients of all tensors, clipped."""
    return clipped(rule.clip, gradients)


def _rate(rule: Any, k: int) -> float:
    """The learning rate after k updates."""
    return rate_at(rule.learning_rate, k)


def _decay(rule: Any, rate: float, theta: Array, g: Array) -> Array:
    """Decay the weights in place, or return the gradient with the decay in it."""
    if rule.decay_place == "before":
        decouple(rule, rate, theta)
    return coupled(rule, theta, g)


def _update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t (from 1) of the rule proper, in place, and a decay that comes after it."""
    family(type(rule)).update(rule, t, rate, theta, g, state)
    if rule.decay_place == "after":
        decouple(rule, rate, theta)


def _advance(rule: Any, t: int, rate: float, scalars: Scalars) -> Scalars:
    """The scalars after step t, of a rule that has any."""
    return family(type(rule)).advance(rule, t, rate, scalars) if scalars else scalars


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a step is made of: the reference's parts, save those given."""

    rule: Callable[[Any], Any] = _rule
    start: Callable[[Any, Array], State] = start
    clip: Callable[[Any, Sequence[Array], Sequence[Array]], Sequence[Array]] = _clip
    rate: Callable[[Any, int], float] = _rate
    decay: Callable[[Any, float, Array, Array], Array] = _decay
    update: Callable[[Any, int, float, Array, Array, State], None] = _update
    advance: Callable[[Any, int, float, Scalars], Scalars] = _advance


TRUE = Parts()


def fields(**changed: Any) -> Parts:
    """The rule with other fields."""
    return Parts(rule=lambda rule: replace(rule, **changed))


def times(**factors: float) -> Parts:
    """The rule with fields so many times as large."""
    return Parts(rule=lambda rule: replace(rule, **{name: f * getattr(rule, name) for name, f in factors.items()}))


def shifted(steps: int) -> Parts:
    """The update of so many steps later; of the first at the earliest."""
    return Parts(update=lambda rule, t, *rest: TRUE.update(rule, max(t + steps, 1), *rest))


def in_float32(*names: str) -> Parts:
    """The rule with fields that have gone through float32."""
    return Parts(rule=lambda rule: replace(rule, **{name: float(np.float32(getattr(rule, name))) for name in names}))


def walk(parts: Parts, rule: Rule, starts: Sequence[Array], gradients: Sequence[Array]) -> Iterator[Array]:
    """Take a step for each row of the gradients (a tensor each); after each, all parameters in a row."""
    rule, tensors = parts.rule(rule), [start.copy() for start in starts]
    states, shared = [parts.start(rule, theta) for theta in tensors], scalars(type(rule))
    for t, step in enumerate(zip(*gradients, strict=True), start=1):
        rate = parts.rate(rule, t - 1)
        for theta, g, state in zip(tensors, parts.clip(rule, tensors, step), states, strict=True):
            parts.update(rule, t, rate, theta, parts.decay(rule, rate, theta, g), state | shared)
        shared = parts.advance(rule, t, rate, shared)
        yield np.concatenate([theta.ravel() for theta in tensors])
