"""Optimizers from scratch: any rule, applied to arrays in place."""

from collections.abc import Sequence

from comparisons.contract import Array
from comparisons.rules import Rule, elementwise
from numpy_impl.optimizers.clipping import clipped
from numpy_impl.optimizers.rules import State, start, update

BLOCK_BYTES = 1 << 17  # of each array stepped at once: a block's temporaries stay in the cache


class Optimizer:
    """Applies a rule to arrays of parameters, in place.

    Args:
        rule: any rule. One that is not elementwise needs each tensor as an array of its own.
        tensors: the parameters, floating-point arrays.
    """

    def __init__(self, rule: Rule, tensors: Sequence[Array]) -> None:
        self.rule, self.tensors, self.t = rule, list(tensors), 0
        self.states: list[State] = [start(rule, theta) for theta in self.tensors]

    def step(self, gradients: Sequence[Array]) -> None:
        """One update; the gradients are shaped as the tensors."""
        self.t += 1
        if self.rule.clip is not None:
            gradients = clipped(self.rule.clip, gradients)
        for i, (theta, gradient) in enumerate(zip(self.tensors, gradients, strict=True)):
            if theta.nbytes > BLOCK_BYTES and theta.ndim == 1 and elementwise(self.rule):
                self._step_in_blocks(theta, gradient, self.states[i])
            else:
                theta[...], self.states[i] = update(self.rule, self.t, theta, gradient, self.states[i])

    def _step_in_blocks(self, theta: Array, gradient: Array, state: State) -> None:
        """The same update, block by block; parameters and state are written over."""
        size = BLOCK_BYTES // theta.itemsize
        for first in range(0, theta.size, size):
            block = slice(first, first + size)
            before = tuple(array[block] for array in state)
            theta[block], after = update(self.rule, self.t, theta[block], gradient[block], before)
            for old, new in zip(before, after, strict=True):
                old[...] = new


__all__ = ["Optimizer", "clipped", "start", "update"]
