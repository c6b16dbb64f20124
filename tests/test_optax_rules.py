"""The rules that optax's transformations are read as, held to the installed optax."""

from dataclasses import replace

import numpy as np
import pytest
from optax_calls import made, path, read, sampled

from comparisons.frameworks.express import express
from comparisons.frameworks.optax import OPTAX
from comparisons.porting.writing.native import native_code
from comparisons.rules import SGD, Adadelta, Adagrad, Adam, ClipGlobalNorm, ClipNorm, ClipValue, Lion, RMSprop, Rule
from comparisons.rules.canonical import canonical
from numpy_impl.optimizers import Optimizer

# The same recursion, in another order of operations (rsqrt for one over the root, m / c1 for lr / c1 m): in 60 steps of
# float64 roundings of 1e-16 add up to some 1e-14 of the parameters, which are of the size of 1.
ROUNDING = 2e-14
STEPS = 60

CHAINS = """
optax.sgd(0.1)
optax.sgd(0.1, momentum=0.9)
optax.sgd(0.1, 0.9, True)
optax.adam(0.01)
optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-3)
optax.adamw(0.01)
optax.adamw(0.01, 0.9, 0.95, weight_decay=0.1)
optax.nadam(0.01)
optax.adam(0.01, nesterov=True, eps=1e-2)
optax.nadamw(0.01, b1=0.95, weight_decay=0.1)
optax.adamax(0.01, eps=1e-3)
optax.adamaxw(0.01, weight_decay=0.1)
optax.adagrad(0.1)
optax.adagrad(0.1, 0.0, 1e-2)
optax.adadelta(1.0)
optax.adadelta(0.5, rho=0.95, eps=1e-4, weight_decay=0.1)
optax.rmsprop(0.01)
optax.rmsprop(0.01, decay=0.99, eps=1e-3, eps_in_sqrt=False)
optax.rmsprop(0.01, momentum=0.9)
optax.rmsprop(0.01, centered=True, eps=1e-2, momentum=0.5)
optax.rmsprop(0.01, 0.95, eps_in_sqrt=False, bias_correction=True)
optax.adam(0.01, eps_root=1e-4)
optax.adam(0.01, eps_root=1e-4, nesterov=True)
optax.rmsprop(0.01, initial_scale=1.0, momentum=0.9, nesterov=True)
optax.rmsprop(0.01, bias_correction=True)
optax.radam(0.01, eps=1e-3)
optax.lamb(0.01, weight_decay=0.1)
optax.chain(optax.add_decayed_weights(0.1), optax.scale_by_rms(), optax.trace(0.9, True), optax.scale(-0.01))
optax.lion(0.01)
optax.lion(0.01, weight_decay=0.3)
optax.sign_sgd(0.01)
optax.signum(0.01, 0.7)
optax.lamb(0.01)
optax.contrib.schedule_free_sgd(0.1)
optax.contrib.schedule_free_sgd(0.1, b1=0.5, weight_decay=0.1)
optax.contrib.schedule_free_adamw(0.01, b2=0.95, weight_decay=0.1)
optax.adabelief(0.01)
optax.adabelief(0.01, eps=1e-3, eps_root=1e-3)
optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1, 0.9))
optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.01))
optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(0.1), optax.scale_by_learning_rate(0.01))
optax.chain(optax.scale_by_adam(), optax.scale(-0.01))
optax.chain(optax.scale_by_adam(), optax.scale(0.01), optax.add_decayed_weights(0.001), optax.scale(-1.0))
optax.chain(optax.trace(0.9, True), optax.add_decayed_weights(0.1), optax.scale(-0.1))
optax.chain(optax.scale(-0.1), optax.trace(decay=0.9))
optax.chain(optax.scale_by_rms(), optax.trace(0.9), optax.scale(-0.01))
optax.chain(optax.scale_by_rss(), optax.add_decayed_weights(0.1), optax.scale_by_learning_rate(0.1))
optax.chain(optax.scale_by_adadelta(), optax.scale_by_learning_rate(1.0))
optax.chain(optax.scale_by_belief(), optax.add_decayed_weights(0.1), optax.scale(-0.01))
optax.chain(optax.scale_by_stddev(), optax.scale_by_learning_rate(0.01))
optax.chain(optax.scale_by_adamax(), optax.scale_by_learning_rate(0.01))
optax.chain(optax.scale_by_lion(), optax.scale_by_learning_rate(0.01))
optax.chain(optax.identity(), optax.chain(optax.clip(0.5), optax.sgd(0.1)))
optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.01))
optax.chain(optax.clip(0.3), optax.add_decayed_weights(1e-2), optax.trace(0.9), optax.scale(-0.1))
optax.inject_hyperparams(optax.adam)(learning_rate=0.01)
optax.named_chain(("clip", optax.clip_by_global_norm(1.0)), ("adam", optax.adam(0.01)))
""".strip().splitlines()

# These count in int32 or float32 as well.
SCHEDULED = """
optax.adafactor(0.01, min_dim_size_to_factor=1)
optax.adafactor(0.01, 1, 0.9, multiply_by_parameter_scale=False, weight_decay_rate=1e-3)
optax.adam(optax.exponential_decay(0.1, 20, 0.5))
optax.rmsprop(optax.exponential_decay(0.1, 20, 0.5, staircase=True), momentum=0.9)
optax.sgd(optax.cosine_decay_schedule(0.1, 40, alpha=0.1), momentum=0.9)
""".strip().splitlines()
# optax counts in int32, so that JAX computes a schedule in float32, whatever the dtype of the parameters: each rate is
# off by some 1e-7 of itself, and the steps, of 0.1 at most, by so much of themselves, 60 times.
RATE_ROUNDING = 60 * 0.1 * 2e-7


def forced(seed: int = 0) -> tuple[dict[str, np.ndarray], list[dict[str, np.ndarray]]]:
    """A start of size 1, and gradients of every size, now and then 0."""
    generator = np.random.default_rng(seed)
    shapes = {"kernel": (3, 4), "bias": (4,)}
    start = {name: generator.standard_normal(shape) for name, shape in shapes.items()}
    sizes = 10.0 ** generator.uniform(-3, 1, STEPS)
    gradients = [{name: size * generator.standard_normal(shape) for name, shape in shapes.items()} for size in sizes]
    gradients[7] = {name: np.zeros(shape) for name, shape in shapes.items()}
    return start, gradients


def led(
    rule: Rule, start: dict[str, np.ndarray], gradients: list[dict[str, np.ndarray]]
) -> list[dict[str, np.ndarray]]:
    """The parameters after each of the reference's updates."""
    theta = {name: array.copy() for name, array in start.items()}
    optimizer = Optimizer(rule, list(theta.values()))
    passed = []
    for g in gradients:
        optimizer.step(list(g.values()))
        passed.append({name: array.copy() for name, array in theta.items()})
    return passed


def gap(one, other) -> float:
    return max(float(np.max(np.abs(a[name] - b[name]))) for a, b in zip(one, other, strict=True) for name in a)


def beside(text: str) -> float:
    """The largest gap between optax's way and the rule's that is read."""
    start, gradients = forced()
    return gap(path(made(text), start, gradients), led(single(read(text).training), start, gradients))


@pytest.mark.parametrize("text", sampled(CHAINS, 8))
def test_a_chain_is_the_rule_that_it_is_read_as(text):
    assert beside(text) < ROUNDING


@pytest.mark.parametrize("text", sampled(SCHEDULED, 3))
def test_a_schedule_counts_updates_from_0(text):
    assert beside(text) < RATE_ROUNDING


# What no optimizer of optax is by itself, and a chain is.
COMPOSED = [
    SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.1, weight_decay_coupling="decoupled"),
    SGD(
        learning_rate=0.1,
        momentum=0.9,
        nesterov=True,
        learning_rate_in_velocity=True,
        weight_decay=0.1,
        weight_decay_coupling="decoupled",
    ),
    RMSprop(
        learning_rate=0.01,
        rho=0.9,
        epsilon=1e-7,
        epsilon_position="inside-root",
        momentum=0.9,
        learning_rate_in_velocity=True,
        weight_decay=0.1,
        weight_decay_coupling="decoupled",
    ),
    Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-5, weight_decay=0.1, weight_decay_coupling="decoupled"),
    Adagrad(
        learning_rate=0.1,
        epsilon=1e-7,
        epsilon_position="inside-root",
        weight_decay=0.1,
        weight_decay_coupling="decoupled",
    ),
    Lion(learning_rate=0.01, beta1=0.9, beta2=0.99, weight_decay=0.1),
    Adam(
        learning_rate=0.01,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-8,
        epsilon_position="corrected-root",
        weight_decay=0.1,
        clip=ClipGlobalNorm(limit=0.5, formula="exact"),
    ),
    SGD(learning_rate=0.1, clip=ClipNorm(limit=0.5, formula="exact")),
    SGD(learning_rate=0.1, clip=ClipValue(limit=0.5)),
    SGD(learning_rate=0.1, clip=ClipGlobalNorm(limit=0.5, formula="padded")),
    SGD(learning_rate=0.1, clip=ClipNorm(limit=0.5, formula="padded")),
]


@pytest.mark.parametrize("rule", sampled(COMPOSED, 4), ids=lambda rule: type(rule).__name__)
def test_a_rule_is_written_as_a_chain_that_does_it(rule):
    found = express(OPTAX, rule)
    assert (found.call is not None, found.fidelity) == (True, "exact")
    start, gradients = forced()
    assert gap(path(made(native_code(found.call)), start, gradients), led(rule, start, gradients)) < ROUNDING
    assert canonical(single(read(native_code(found.call)).training)) == canonical(rule)


def single(training) -> Rule:
    [group] = training.groups
    return replace(group.optimizer, clip=training.clip)


@pytest.mark.parametrize("text", [*CHAINS, *SCHEDULED])
def test_what_was_read_is_written_as_the_same(text):
    rule = single(read(text).training)
    found = express(OPTAX, rule)
    assert (found.call is not None, found.fidelity) == (True, "exact")
    assert canonical(single(read(native_code(found.call)).training)) == canonical(rule)
