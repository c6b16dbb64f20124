"""Loops as one would write them without this project: plain gradient descent, a whole recipe; and Adam's step alone."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sqrt
from pathlib import Path

import numpy as np

from comparisons.rules import Adam
from comparisons.rules.loop import Loop
from comparisons.rules.recipe import Recipe
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from numpy_impl import Recorder
from numpy_impl.optimizers import Optimizer

NAMES = ("weight1", "bias1", "weight2", "bias2")
ALL = 10**6  # MiB: a limit that is never reached
ADAM = Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root")


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


def whole(problem: Problem, recipe: Recipe, loop: Loop) -> Array:
    """`two-layer-net` with relu, by AdamW and what the loop says: train the first replica; return its losses."""
    inputs, targets, rate = problem.inputs, problem.targets, recipe.learning_rate or 0.0
    w1, b1, w2, b2 = parameters = [problem.params[name][0].copy() for name in NAMES]
    decays = [recipe.weight_decay or 0.0, 0.0] * 2
    m, v, sums, average = ([np.zeros_like(theta) for theta in parameters] for _ in range(4))
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    losses, k = [], 0
    for i, rows in enumerate(batches, start=1):
        x, t = inputs[rows], targets[rows]
        h = np.maximum(x @ w1 + b1, 0)
        y = h @ w2 + b2
        y = y - y.max(axis=-1, keepdims=True)
        logs = y - np.log(np.exp(y).sum(axis=-1, keepdims=True))
        losses.append(-(t * logs).sum() / len(rows))
        gradient = (np.exp(logs) - t) / len(rows)
        below = (gradient @ w2.T) * (h > 0)
        gradients = (x.T @ below, below.sum(axis=0, keepdims=True), h.T @ gradient, gradient.sum(axis=0, keepdims=True))
        for total, g in zip(sums, gradients, strict=True):
            total += g / loop.accumulate
        if i % loop.accumulate:
            continue
        clipped = min(1.0, (loop.clip_norm or 0.0) / (float(np.sqrt(sum((g * g).sum() for g in sums))) + 1e-6))
        now = rate * (1 + cos(pi * min(k, loop.updates or 0) / (loop.updates or 1))) / 2
        c1, c2 = 1 - 0.9 ** (k + 1), 1 - 0.999 ** (k + 1)
        for theta, decay, total, mean, square, averaged in zip(parameters, decays, sums, m, v, average, strict=True):
            g = total * clipped
            theta -= now * decay * theta
            mean[...] = 0.9 * mean + 0.1 * g
            square[...] = 0.999 * square + 0.001 * g * g
            theta -= now * sqrt(c2) / c1 * mean / (np.sqrt(square) + 1e-7)
            d = (loop.average or 0.0) if k else 0.0
            averaged[...] = d * averaged + (1 - d) * theta
            total[...] = 0
        k += 1
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


def recorded(folder: Path, widths: Sequence[int], batch: int, updates: int, first: int) -> list[Callable[[], Array]]:
    """A net trained by Adam, so many updates a call, and the same without a recorder.

    Args:
        first: so many updates are recorded, then every hundredth.
    """
    generator = np.random.default_rng(0)
    x = generator.standard_normal((updates, batch, widths[0])).astype(np.float32)
    t = generator.integers(widths[-1], size=(updates, batch))
    start = [generator.standard_normal((n, m)).astype(np.float32) / np.float32(sqrt(n)) for n, m in pairwise(widths)]

    def training(folder: Path | None) -> Callable[[], Array]:
        weights = [weight.copy() for weight in start]
        optimizer = Optimizer(ADAM, weights)
        recorder = None if folder is None else Recorder(folder, weights, steps=first, limit_mb=ALL)

        def train() -> Array:
            losses = []
            for inputs, targets in zip(x, t, strict=True):
                loss, gradients = descent(weights, inputs, targets)
                optimizer.step(gradients)
                if recorder is not None:
                    recorder.step(params=weights, gradients=gradients, loss=loss, batch=(inputs, targets))
                losses.append(loss)
            return np.array(losses)

        return train

    return [training(folder), training(None)]


def descent(weights: list[Array], inputs: Array, targets: Array) -> tuple[float, list[Array]]:
    """The cross-entropy of a net of ReLUs without biases, and its gradients."""
    hidden = [inputs]
    for weight in weights[:-1]:
        hidden.append(np.maximum(hidden[-1] @ weight, 0))
    scores = hidden[-1] @ weights[-1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(targets))
    loss = -float(np.log(error[rows, targets]).mean())
    error[rows, targets] -= 1
    error /= np.float32(len(targets))
    gradients = []
    for weight, below in zip(weights[::-1], hidden[::-1], strict=True):
        gradients.append(below.T @ error)
        error = (error @ weight.T) * (below > 0)
    return loss, gradients[::-1]
