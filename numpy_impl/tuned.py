"""Updates written for speed: the same bits as those in `rules`, which say what they compute.

Adam is stepped more than all other rules together. Its temporaries are two buffers that are used again: malloc maps an
array above 128 KiB anew each time, which costs more than to fill it.
"""

import threading
from typing import assert_never

import numpy as np

from comparisons.rules import Adam, Rule
from comparisons.tasks.streams import Array
from numpy_impl.rules import State, Update, family
from numpy_impl.rules.adam import corrections

LARGEST_BUFFER = 1 << 20  # bytes
BLOCK = 3 << 15  # bytes of each array stepped at once: the temporaries stay in the cache, and below malloc's mmap


def update_of(rule: type[Rule]) -> Update:
    """The rule's fastest update."""
    return adam if rule is Adam else family(rule).update


def block_of(rule: type[Rule]) -> int:
    """How many bytes of each array are best stepped at once."""
    return LARGEST_BUFFER if rule is Adam else BLOCK


def adam(rule: Adam, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of `rules/adam.py`, which does what is rare itself."""
    if rule.nesterov or rule.root_epsilon or rule.lazy:
        family(Adam).update(rule, t, rate, theta, g, state)
        return
    m, v = state["m"], state["v"]
    d, root = buffers(theta)
    m *= rule.beta1
    np.multiply(g, 1 - rule.beta1, out=d)
    m += d
    v *= rule.beta2
    np.multiply(g, g, out=d)
    d *= 1 - rule.beta2
    v += d
    if rule.amsgrad:
        v = np.maximum(state["w"], v, out=state["w"])
    c1, c2 = corrections(rule, t)
    match rule.epsilon_position:
        case "corrected-root":
            epsilon = rule.epsilon * c2**0.5
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    np.sqrt(v, out=root)
    root += epsilon
    np.multiply(m, rate * (c2**0.5 / c1), out=d)
    d /= root
    theta -= d


class Buffers(threading.local):
    """By dtype, the memory that a thread uses again."""

    def __init__(self) -> None:
        self.pairs: dict[np.dtype, Array] = {}


_buffers = Buffers()


def buffers(like: Array) -> tuple[Array, Array]:
    """Two arrays shaped and typed as `like`, with anything in them, until the thread's next call."""
    if like.nbytes > LARGEST_BUFFER:
        return np.empty_like(like), np.empty_like(like)
    if like.dtype not in _buffers.pairs:
        _buffers.pairs[like.dtype] = np.empty((2, LARGEST_BUFFER // like.itemsize), like.dtype)
    both = _buffers.pairs[like.dtype][:, : like.size].reshape(2, *like.shape)
    return both[0, ...], both[1, ...]  # arrays, where like has no axes too
