"""Fits of rules that step by a sign: it is right or wrong, and has no slope."""

from itertools import product

import numpy as np

from comparisons.identify.evidence import Evidence
from comparisons.identify.hypotheses import Hypothesis
from comparisons.identify.numbers import bounds_of, from_scale, to_scale
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught

GRID = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
ROUNDS, AROUND = 10, 40


def starts_of_signs(hypothesis: Hypothesis, evidence: Evidence) -> Array:
    """(1, numbers): where most signs are right, with the size of most steps for the rate."""
    free = hypothesis.free
    fractions = [i for i, name in enumerate(free) if name.startswith("beta")]
    xs = np.zeros((len(GRID) ** len(fractions), len(free)))
    xs[:, fractions] = [
        [float(to_scale(free[i], value)) for i, value in zip(fractions, point, strict=True)]
        for point in product(GRID, repeat=len(fractions))
    ]
    rng, spread = np.random.default_rng(0), 1.0
    wrong = mistakes(hypothesis, evidence, xs)
    best, least = xs[int(np.argmin(wrong))], wrong.min()
    for _ in range(ROUNDS):
        if not least:
            break
        near = np.repeat(best[None], AROUND, axis=0)
        near[:, fractions] += rng.normal(size=(AROUND, len(fractions))) * spread
        near = np.clip(near, bounds_of(free)[:, 0], bounds_of(free)[:, 1])
        wrong = mistakes(hypothesis, evidence, near)
        if wrong.min() < least:
            best, least = near[int(np.argmin(wrong))], wrong.min()
        else:
            spread *= 0.6
    best = best.copy()
    sizes = np.concatenate([np.abs(one.after.astype(float) - one.before).ravel() for one in evidence.pieces])
    best[free.index("learning_rate")] = np.log(max(float(np.median(sizes[sizes > 0])), 1e-20)) if sizes.any() else 0.0
    if "weight_decay" in free:
        best[free.index("weight_decay")] = np.log(1e-3)
    return best[None]


def mistakes(hypothesis: Hypothesis, evidence: Evidence, xs: Array) -> Array:
    """(points,): how many steps go the other way."""
    betas = {name: from_scale(name, column) for name, column in zip(hypothesis.free, xs.T, strict=True)}
    numbers = betas | {"learning_rate": np.ones(len(xs)), "weight_decay": np.zeros(len(xs))}
    wrong = np.zeros(len(xs))
    for piece in evidence.pieces:
        before = piece.before.astype(float)
        made = taught(hypothesis.rule, numbers, before, piece.gradients.astype(float), evidence.shape, piece.momenta)
        went = np.sign(piece.after.astype(float) - before)
        wrong += (np.sign(made - before) != went).reshape(len(xs), -1).sum(axis=1)
    return wrong
