"""A loop of plain gradient descent, as one would write it without this project, and Adam's step by itself."""

from collections.abc import Callable

import numpy as np

from comparisons.rules import Adam
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl.optimizers import Optimizer


def bare(problem: Problem, learning_rate: float) -> Array:
    """`linear-target`: train the first replica; return its losses (steps,)."""
    inputs, targets = problem.inputs, problem.targets
    w1, b1, w2, b2 = (problem.params[name][0].copy() for name in ("weight1", "bias1", "weight2", "bias2"))
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    losses = []
    for rows in batches:
        x, t = inputs[rows], targets[rows]
        h = np.maximum(x @ w1 + b1, 0)
        error = h @ w2 + b2 - t
        losses.append(0.5 * np.sum(error * error) / len(rows))
        gradient = error / len(rows)
        below = (gradient @ w2.T) * (h > 0)
        w2 -= learning_rate * (h.T @ gradient)
        b2 -= learning_rate * gradient.sum(axis=0)
        w1 -= learning_rate * (x.T @ below)
        b1 -= learning_rate * below.sum(axis=0)
    return np.array(losses)


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
