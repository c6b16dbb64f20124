"""`linear-target` by plain gradient descent, as one would write it down without this project: a yardstick of speed."""

import numpy as np

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array


def bare(problem: Problem, learning_rate: float) -> Array:
    """Train the first replica; return its losses (steps,)."""
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
