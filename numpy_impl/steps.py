"""Adam's step by itself, on given tensors: what a step of an optimizer costs here."""

from collections.abc import Callable

import numpy as np

from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from numpy_impl.optimizers import Optimizer


def steps(rule: Adam, tensors: list[Array]) -> dict[str, Callable[[], None]]:
    """Variant to a function that takes one step; the gradients are the tensors themselves, at the start.

    The scratch optimizer steps on all tensors as one flat array, since the rule is elementwise.
    """
    flat = np.concatenate([tensor.ravel() for tensor in tensors])
    gradient = flat.copy()
    optimizer = Optimizer(rule, [flat])
    return {"numpy": lambda: optimizer.step([gradient])}


def stream(tensors: list[Array]) -> Callable[[], object]:
    """One pass over memory that reads and writes: x += y. Adam's step moves 7/3 of its bytes, if each only once."""
    x = np.concatenate([tensor.ravel() for tensor in tensors])
    y = x.copy()
    return lambda: np.add(x, y, out=x)
