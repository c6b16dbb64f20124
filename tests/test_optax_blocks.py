"""Whole trainings written for optax: pasted as printed they run, and train as the reference does."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from comparisons.frameworks.block import Block, Made
from comparisons.frameworks.express import express
from comparisons.frameworks.optax import OPTAX
from comparisons.frameworks.optax.block import lines
from comparisons.rules import (
    SGD,
    Adam,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    CosineDecay,
    Cyclic,
    PolynomialDecay,
)
from comparisons.rules.training import ALL, Accumulation, Average, Group, Selector, Training
from numpy_impl.optimizers import Optimizer
from numpy_impl.rules.clipping import clipped

jax.config.update("jax_enable_x64", True)

ADAMW = Adam(
    learning_rate=0.01,
    beta1=0.9,
    beta2=0.95,
    epsilon=1e-8,
    epsilon_position="corrected-root",
    weight_decay=0.1,
    weight_decay_coupling="decoupled",
)
PLAIN = replace(ADAMW, weight_decay=0.0)
MOMENTUM = SGD(learning_rate=0.1, momentum=0.9)
LED = SGD(learning_rate=CosineDecay(initial=0.1, over=5), momentum=PolynomialDecay(initial=0.8, final=0.95, over=4))
CLIP = ClipGlobalNorm(limit=0.5, formula="exact")
MATRICES, BIASES = Selector(least_axes=2), Selector(names=("*bias",))


def of(*groups, **around) -> Training:
    return Training(groups=tuple(Group(tensors=tensors, optimizer=rule) for tensors, rule in groups), **around)


TRAININGS = {
    "an optimizer": of((ALL, ADAMW)),
    "a momentum that is led": of((ALL, LED)),
    "a velocity of steps whose momentum is led": of((ALL, replace(LED, learning_rate_in_velocity=True))),
    "a beta1 that is led": of((ALL, replace(ADAMW, beta1=Cyclic(initial=0.9, peak=0.8, up=2, down=3)))),
    "two groups by axes": of((MATRICES, ADAMW), (ALL, PLAIN), clip=CLIP),
    "two groups by name": of((BIASES, PLAIN), (ALL, ADAMW), clip=ClipValue(limit=0.1)),
    "two optimizers": of((MATRICES, MOMENTUM), (ALL, PLAIN), clip=ClipNorm(limit=0.5, formula="exact")),
    "torch's clip": of((MATRICES, MOMENTUM), (ALL, PLAIN), clip=ClipGlobalNorm(limit=0.5, formula="padded")),
    "torch's clip of each": of((MATRICES, MOMENTUM), (ALL, PLAIN), clip=ClipNorm(limit=0.5, formula="padded")),
    "a group that stands still": of((MATRICES, MOMENTUM)),
    "a clip of one group": of((MATRICES, replace(MOMENTUM, clip=CLIP)), (ALL, PLAIN)),
    "a mean of micro-batches": of((ALL, ADAMW), clip=CLIP, accumulation=Accumulation(batches=3)),
    "a sum of micro-batches": of((ALL, MOMENTUM), accumulation=Accumulation(batches=2, combine="sum")),
    "each clipped": of((ALL, MOMENTUM), clip=CLIP, accumulation=Accumulation(batches=2, clip="each")),
    "an average from the start": of((ALL, MOMENTUM), average=Average(decay=0.9, start="initial")),
    "an average of updates": of(
        (ALL, MOMENTUM), accumulation=Accumulation(batches=2), average=Average(decay=0.9, start="first", every=2)
    ),
    "an average of micro-batches": of(
        (ALL, MOMENTUM), accumulation=Accumulation(batches=2), average=Average(decay=0.9, clock="batch", after=3)
    ),
    "an average from 0": of((ALL, MOMENTUM), average=Average(decay=0.9, start="debiased")),
    "a mean of weights": of((ALL, MOMENTUM), average=Average(decay=None, after=4, every=3)),
    "an average that warms up": of(
        (ALL, MOMENTUM), average=Average(decay=0.99, warmup=9, warmup_from=1, start="initial")
    ),
    "an average that is written back": of((ALL, MOMENTUM), average=Average(decay=0.5, overwrite=4)),
    "the whole recipe": of(
        (MATRICES, ADAMW),
        (ALL, PLAIN),
        clip=CLIP,
        accumulation=Accumulation(batches=2),
        average=Average(decay=0.9, start="initial"),
    ),
}
STEPS = 24
# Both sides in float64; optax in another order of operations.
ROUNDING = 1e-13
# MultiSteps adds up in float32.
ADDED_UP = 1e-6


def block_of(training: Training) -> list[str]:
    assert OPTAX.clips is not None
    groups = []
    for group in training.groups:
        found = express(OPTAX, group.optimizer)
        assert found.call is not None
        groups.append(Group(tensors=group.tensors, optimizer=found.call))
    calls = replace(training, groups=tuple(groups))
    made = Made(name="", arguments={}, said=frozenset())
    names = ("first", "second")[: len(groups)]
    return lines(Block(training=calls, made=(made,) * len(groups), names=names))


def batches() -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(3)
    return [(generator.standard_normal((5, 3)), 3 * generator.standard_normal((5, 2))) for _ in range(STEPS)]


def start() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(4)
    return {"kernel": generator.standard_normal((3, 2)), "bias": generator.standard_normal(2)}


def loss_fn(params, x, y):
    return jnp.mean((jnp.tanh(x @ params["kernel"]) + params["bias"] - y) ** 2)


def pasted(code: str) -> dict[str, object]:
    """What stands in the names once the code has run."""
    names = {
        "params": {"dense": {name: jnp.asarray(array) for name, array in start().items()}},
        "batches": [(jnp.asarray(x), jnp.asarray(y)) for x, y in batches()],
        "loss_fn": lambda params, x, y: loss_fn(params["dense"], x, y),
    }
    exec(compile(code, "<block>", "exec"), names)
    return names


def reference(training: Training) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The parameters and their average, trained by hand after the record's own words."""
    theta, n = start(), 1 if training.accumulation is None else training.accumulation.batches
    groups = [
        [name for name, array in theta.items() if training.group_of(name, array.ndim) == i]
        for i in range(len(training.groups))
    ]
    rules = [
        Optimizer(group.optimizer, [theta[name] for name in names])
        for group, names in zip(training.groups, groups, strict=True)
    ]
    total = {name: np.zeros_like(array) for name, array in theta.items()}
    averaged = {name: array.copy() for name, array in theta.items()}
    if training.average is not None and training.average.start == "debiased":
        averaged = {name: np.zeros_like(array) for name, array in theta.items()}
    steps = updates = 0
    accumulation, average = training.accumulation, training.average
    for i, (x, y) in enumerate(batches()):
        g = {name: np.asarray(one) for name, one in jax.grad(loss_fn)(theta, x, y).items()}
        if accumulation is not None and accumulation.clip == "each":
            g = dict(zip(g, clipped(training.clip, list(g.values())), strict=True))
        share = 1 if accumulation is None or accumulation.combine == "sum" else n
        total = {name: total[name] + g[name] / share for name in g}
        updated = (i + 1) % n == 0
        if updated:
            if training.clip is not None and not (accumulation is not None and accumulation.clip == "each"):
                total = dict(zip(total, clipped(training.clip, list(total.values())), strict=True))
            for rule, names in zip(rules, groups, strict=True):
                rule.step([total[name] for name in names])
            total = {name: np.zeros_like(array) for name, array in theta.items()}
            updates += 1
        if average is None or not (updated or average.clock == "batch"):
            continue
        count = updates if average.clock == "update" else i + 1
        if count > average.after and count % average.every == 0:
            d = average.decay_at(steps)
            averaged = {name: d * averaged[name] + (1 - d) * theta[name] for name in theta}
            steps += 1
        if average.overwrite and count % average.overwrite == 0:
            for name, array in theta.items():
                array[:] = averaged[name]
    if average is not None and average.start == "debiased":
        averaged = {name: array / (1 - average.decay**steps) for name, array in averaged.items()}
    return theta, averaged


FAST = ("two groups by name", "the whole recipe", "a momentum that is led")
LEADING = ("a momentum that is led", "a velocity of steps whose momentum is led", "a beta1 that is led")
# Schedules are computed in float32: a momentum is a rounding of it off, 6e-8, of a velocity that remembers 20 steps.
COUNTED = 1.2e-6


@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(name, marks=pytest.mark.full) for name in TRAININGS if name not in FAST)]
)
def test_a_block_pasted_as_printed_trains_as_the_record_says(name):
    training = TRAININGS[name]
    names, (theta, averaged) = pasted("\n".join(block_of(training))), reference(training)
    close = ROUNDING if training.accumulation is None else ADDED_UP
    close = COUNTED if name in LEADING else close
    for ours, theirs in ((theta, "params"), (averaged, "averaged") if training.average else (theta, "params")):
        for tensor, array in ours.items():
            assert np.max(np.abs(np.asarray(names[theirs]["dense"][tensor]) - array)) < close
