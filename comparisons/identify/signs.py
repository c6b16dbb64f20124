"""Fits of rules that step by a sign: it is right or wrong, and has no slope."""

from itertools import product

import numpy as np

from comparisons.identify.evidence import Evidence
from comparisons.identify.hypotheses import Hypothesis
from comparisons.identify.numbers import bounds_of, from_scale, to_scale
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught

# What people write, the likeliest first: of several that are right in all signs the first is taken.
USUAL = (0.9, 0.99, 0.95, 0.999, 0.98, 0.0)
TYPED = tuple(dict.fromkeys((*USUAL, *(k / 100 for k in range(50, 99)), 0.985, *(k / 1000 for k in range(991, 999)))))
ROUNDS, AROUND = 10, 40
FURTHER, CLOUD = np.geomspace(1e-3, 0.3, 9), 300  # steps of a walk among betas that are right, and points of each


def starts_of_signs(hypothesis: Hypothesis, evidence: Evidence) -> Array:
    """(1, numbers): where most signs are right, with the size of most steps for the rate."""
    free = hypothesis.free
    fractions = [i for i, name in enumerate(free) if name.startswith("beta")]
    pairs = sorted(product(range(len(TYPED)), repeat=len(fractions)), key=sum)
    xs = np.zeros((len(pairs), len(free)))
    xs[:, fractions] = [[float(to_scale("beta1", TYPED[k])) for k in pair] for pair in pairs]
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


def around(hypothesis: Hypothesis, evidence: Evidence, x: Array) -> Array:
    """(points, numbers): betas around some with which all signs are right, as far as a walk of chance comes."""
    fractions = [i for i, name in enumerate(hypothesis.free) if name.startswith("beta")]
    rng, found = np.random.default_rng(0), x[None]
    for spread in FURTHER:
        near = found[rng.integers(0, len(found), CLOUD)].copy()
        near[:, fractions] += rng.normal(size=(CLOUD, len(fractions))) * spread
        bounds = bounds_of(hypothesis.free)
        near = np.clip(near, bounds[:, 0], bounds[:, 1])
        found = np.concatenate([found, near[mistakes(hypothesis, evidence, near) == 0]])
    return found


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
