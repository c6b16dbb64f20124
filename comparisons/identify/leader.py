"""Where fits of Ftrl start: but for its accumulator its numbers are in linear equations, which are solved."""

import numpy as np

from comparisons.identify.evidence import Evidence
from comparisons.identify.hypotheses import Hypothesis
from comparisons.identify.numbers import TYPICAL, to_scale
from comparisons.tasks.streams import Array

ACCUMULATORS = np.append(0.0, np.geomspace(1e-6, 1e2, 33))
BEST = 3
LEAST = 1e-12  # of a number that comes out below 0


def starts_of_leader(hypothesis: Hypothesis, evidence: Evidence) -> Array:
    """(starts, numbers): the accumulators with which the equations come nearest, and what solves them."""
    if not evidence.shape.all():  # the rule divides by its rate, and makes no number of a step at 0
        return np.array([[float(to_scale(name, TYPICAL[name][0])) for name in hypothesis.free]])
    solved = [_solved(hypothesis, evidence, float(start)) for start in ACCUMULATORS]
    near = sorted(solved, key=lambda one: one[0])[:BEST]
    return np.array([[float(to_scale(name, numbers[name])) for name in hypothesis.free] for _, numbers in near])


def _solved(hypothesis: Hypothesis, evidence: Evidence, start: float) -> tuple[float, dict[str, float]]:
    """How far the equations are off with this accumulator, and the numbers.

    With z and q as at comparisons.rules.Ftrl, q theta' + l1 sign(theta') + z = 0 where the new theta' is not 0.
    """
    [piece] = evidence.pieces
    before, after, g = (one.astype(float) for one in (piece.before, piece.after, piece.gradients))
    n = start + np.cumsum(g * g, axis=0)
    a = np.concatenate([np.full_like(n[:1], start), n[:-1]])
    shape = evidence.shape[:, None]
    columns = {
        "learning_rate": np.sqrt(n) / shape * after - np.cumsum((np.sqrt(n) - np.sqrt(a)) / shape * before, axis=0),
        "beta": after / shape,
        "l2": 2 * after,
        "l2_shrinkage": 2 * np.cumsum(before, axis=0),
        "l1": np.sign(after),
    }
    led = [name for name in columns if name in hypothesis.free]
    some = (after != 0) & (n > 0)
    weight = 1 / (piece.sigma[some] * np.sqrt(n[some]))
    left = np.stack([columns[name][some] * weight for name in led], axis=1)
    size = np.abs(left).max(axis=0, initial=1e-300)
    right = -np.cumsum(g, axis=0)[some] * weight
    found = np.linalg.lstsq(left / size, right, rcond=None)[0] / size
    off = float(np.square(left @ found - right).sum())
    numbers = {name: max(float(value), LEAST) for name, value in zip(led, found, strict=True)}
    rate = 1 / numbers["learning_rate"]
    given = {**numbers, "learning_rate": rate, "beta": numbers.get("beta", 0.0) * rate, "initial_accumulator": start}
    return off, {name: given.get(name, TYPICAL[name][0]) for name in hypothesis.free}
