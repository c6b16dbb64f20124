"""Gradients that were accumulated: the parameters move at every k-th update only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Tensor, Trace

# What of the gradients (updates, k, ...) between two moves the optimizer may have got, in their own dtype.
REDUCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "mean": lambda gradients: _added(gradients) / gradients.dtype.type(gradients.shape[1]),
    "sum": lambda gradients: _added(gradients),
    "last": lambda gradients: gradients[:, -1],
}


@dataclass(frozen=True, kw_only=True)
class Accumulation:
    """Gradients that were accumulated.

    Args:
        steps: of how many, each.
        gradient: what of them the optimizer got, a key of REDUCTIONS.
        as_good: other keys to the rules that make the same steps of those, as far as such were found: the sum is the
            mean with numbers that make up for the factor, which need not be numbers that anybody writes.
    """

    steps: int
    gradient: str
    as_good: Mapping[str, tuple[Rule, ...]]


def accumulated(trace: Trace) -> int:
    """Of how many updates only the last moves parameters, throughout; 1 where it is not so, or moves but once.

    Where the gradient that the optimizer got is recorded beside that of the loss, it has all of them in it.
    """
    tensors = [one for one in trace.tensors.values() if one.led_by is not None]
    if not tensors or any(one.used is not None for one in tensors):
        return 1
    count = trace.consecutive
    moves = np.zeros(count, bool)
    for one in tensors:
        moves |= (one.after[:count] != one.before[:count]).reshape(count, -1).any(axis=1)
    every = int(np.argmax(moves)) + 1
    regular = moves == (np.arange(1, count + 1) % every == 0)
    return every if moves.any() and regular.all() and count >= 2 * every else 1


def condensed(trace: Trace, every: int, reduction: str) -> Trace:
    """The updates that move parameters alone, each with what it got of the gradients since the last."""
    count = trace.consecutive // every * every
    rates, momenta = trace.learning_rate, trace.momentum
    return Trace(
        steps=trace.steps[:1] + np.arange(count // every),
        tensors={name: _condensed(one, every, count, reduction) for name, one in trace.tensors.items()},
        learning_rate=None if rates is None else rates[every - 1 : count : every],
        momentum=None if momenta is None else momenta[every - 1 : count : every],
        about=trace.about,
    )


def _condensed(one: Tensor, every: int, count: int, reduction: str) -> Tensor:
    moving, gradient = slice(every - 1, count, every), one.gradient
    if gradient is not None:
        gradient = REDUCTIONS[reduction](gradient[:count].reshape(count // every, every, *gradient.shape[1:]))
    return replace(
        one, before=one.before[moving], after=one.after[moving], gradient=gradient, norms={}, sums={}, state={}
    )


def _added(gradients: Array) -> Array:
    """One after the other, as frameworks add."""
    total = gradients[:, 0].copy()
    for k in range(1, gradients.shape[1]):
        total += gradients[:, k]
    return total
