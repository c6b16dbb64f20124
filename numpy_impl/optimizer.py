"""Any rule, applied to arrays in place."""

from collections.abc import Sequence

from comparisons.rules import Rule, elementwise, rate_at, rule_at
from comparisons.tasks.streams import Array
from numpy_impl.rules import State, family, scalars, start
from numpy_impl.rules.clipping import clipped
from numpy_impl.rules.weight_decay import coupled, decouple
from numpy_impl.tuned import block_of, update_of


def update(rule: Rule, t: int, theta: Array, gradient: Array, state: State) -> None:
    """Step t (from 1) with the weight decay: write parameters and state over. The gradient is clipped, and stays."""
    rate, g = rate_at(rule.learning_rate, t - 1), gradient
    if rule.weight_decay:
        g = coupled(rule, theta, gradient)
        if rule.decay_place == "before":
            decouple(rule, rate, theta)
    update_of(type(rule))(rule, t, rate, theta, g, state)
    if rule.decay_place == "after":
        decouple(rule, rate, theta)


class Optimizer:
    """Applies a rule to arrays of parameters, in place.

    Args:
        rule: any rule. One that is not elementwise needs each tensor as an array of its own.
        tensors: the parameters, floating-point arrays.
    """

    def __init__(self, rule: Rule, tensors: Sequence[Array]) -> None:
        self.rule, self.tensors, self.t, self.block = rule, list(tensors), 0, block_of(type(rule))
        self.states, self.scalars = [start(rule, theta) for theta in self.tensors], scalars(type(rule))

    def step(self, gradients: Sequence[Array]) -> None:
        """One update; the gradients are shaped as the tensors."""
        self.t += 1
        rule = rule_at(self.rule, self.t - 1)
        if self.rule.clip is not None:
            gradients = clipped(self.rule.clip, gradients)
        for theta, g, state in zip(self.tensors, gradients, self.states, strict=True):
            if theta.nbytes <= self.block or theta.ndim != 1 or not elementwise(self.rule):
                update(rule, self.t, theta, g, state | self.scalars)
                continue
            size = self.block // theta.itemsize
            for part in (slice(first, first + size) for first in range(0, theta.size, size)):
                arrays = {symbol: array[part] for symbol, array in state.items()}
                update(rule, self.t, theta[part], g[part], arrays | self.scalars)
        if self.scalars:
            rate = rate_at(self.rule.learning_rate, self.t - 1)
            self.scalars = family(type(self.rule)).advance(rule, self.t, rate, self.scalars)
