"""Any rule, applied to arrays in place."""

from collections.abc import Sequence

from comparisons.rules import Adam, Rule, elementwise
from comparisons.tasks.streams import Array
from numpy_impl.rules import State, scratch, start, update
from numpy_impl.rules.clipping import clipped

BLOCK_BYTES = 3 << 15  # of each array stepped at once: the temporaries stay in the cache, and below malloc's mmap


def block_bytes(rule: Rule) -> int:
    """How much of each array is stepped at once; more where the temporaries are not malloc's."""
    return scratch.LARGEST if isinstance(rule, Adam) else BLOCK_BYTES


class Optimizer:
    """Applies a rule to arrays of parameters, in place.

    Args:
        rule: any rule. One that is not elementwise needs each tensor as an array of its own.
        tensors: the parameters, floating-point arrays.
    """

    def __init__(self, rule: Rule, tensors: Sequence[Array]) -> None:
        self.rule, self.tensors, self.t, self.block = rule, list(tensors), 0, block_bytes(rule)
        self.states: list[State] = [start(rule, theta) for theta in self.tensors]

    def step(self, gradients: Sequence[Array]) -> None:
        """One update; the gradients are shaped as the tensors."""
        self.t += 1
        if self.rule.clip is not None:
            gradients = clipped(self.rule.clip, gradients)
        for theta, gradient, state in zip(self.tensors, gradients, self.states, strict=True):
            if theta.nbytes > self.block and theta.ndim == 1 and elementwise(self.rule):
                size = self.block // theta.itemsize
                for block in (slice(first, first + size) for first in range(0, theta.size, size)):
                    update(self.rule, self.t, theta[block], gradient[block], tuple(array[block] for array in state))
            else:
                update(self.rule, self.t, theta, gradient, state)
