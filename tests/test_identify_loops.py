"""Identify: what a loop does between the gradients that are recorded and the optimizer is told too."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from comparisons.identify.identify import identify
from comparisons.identify.show import as_json, text
from comparisons.rules import SGD, Adam, ClipGlobalNorm, CosineDecay, PolynomialDecay, Sequential
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from numpy_impl.optimizer import Optimizer
from tests.identified.training import digits, gradient, start


@pytest.mark.full
def test_clipping_is_told_where_tensors_follow_other_numbers():
    """By a limit that some of the 32 steps are over, and some are not."""
    import torch

    thetas = parameters(torch)
    kernels, biases = [thetas["w1"], thetas["w2"]], [thetas["b1"], thetas["b2"]]
    groups = [{"params": kernels, "lr": 0.05}, {"params": biases, "lr": 0.1}]
    optimizer = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    trace = loop(torch, thetas, optimizer, change=lambda: torch.nn.utils.clip_grad_norm_(thetas.values(), 0.45))
    found = identify(trace)
    assert {(one.tensors, one.rule.learning_rate, one.rule.momentum) for one in found.found} == {
        (("w1", "w2"), 0.05, 0.9),
        (("b1", "b2"), 0.1, 0.9),
    }
    assert all(one.rule.clip is not None for one in found.found)
    assert "clipped to a norm of 0.45" in text(found, {})


CORRECTED = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epsilon_position": "corrected-root"}
WARMED = Sequential(
    pieces=(PolynomialDecay(initial=1e-4, over=9, final=1e-3), CosineDecay(initial=1e-3, over=90)), at=(10,)
)


@pytest.mark.full  # each 10 s
@pytest.mark.parametrize(
    ("rule", "clip"),
    [
        (SGD(learning_rate=CosineDecay(initial=0.1, over=100), momentum=0.9), 0.5),
        (Adam(learning_rate=WARMED, **CORRECTED), 0.5),
        (Adam(learning_rate=WARMED, weight_decay=0.1, weight_decay_coupling="decoupled", **CORRECTED), 0.5),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_a_clip_is_told_beside_a_schedule_that_nobody_recorded(rule, clip):
    """Each by itself makes no rule's steps."""
    rule = replace(rule, clip=ClipGlobalNorm(limit=clip, formula="padded"))
    [one] = (found := identify(led_by(lambda _: rule))).found
    assert one.rule in (rule, replace(rule, clip=ClipGlobalNorm(limit=clip, formula="exact")))
    assert "clipped to a norm of 0.5" in text(found, {})
    assert one.calls["torch"].count("lr_scheduler.")


@pytest.mark.full  # 10 s
def test_a_schedule_that_nobody_recorded_is_told_of_groups():
    """What a chain has that decays kernels alone: the largest tensor tells how the rates go."""
    rate = CosineDecay(initial=1e-3, over=100)
    given = {"learning_rate": rate, "weight_decay_coupling": "decoupled", **CORRECTED}
    found = identify(led_by(lambda name: Adam(weight_decay=0.1 if name in ("w1", "w2") else 0.0, **given)))
    assert {one.tensors: one.rule.weight_decay for one in found.found} == {("w1", "w2"): 0.1, ("b1", "b2"): 0.0}
    assert all(one.rule.learning_rate == rate for one in found.found)


def led_by(rule_of, count=32) -> Trace:
    """The net, each tensor led by its rule; what is recorded are the gradients of each batch, as they are."""
    rng, (x, y) = np.random.default_rng(4), digits()
    theta = start(np.random.default_rng(3))
    path, met = [{name: one.copy() for name, one in theta.items()}], []
    groups = {rule_of(name): [each for each in theta if rule_of(each) == rule_of(name)] for name in theta}
    optimizers = {rule: Optimizer(rule, [theta[name] for name in names]) for rule, names in groups.items()}
    for _ in range(count):
        rows = rng.integers(0, len(x), 32)
        met.append(gradient(theta, x[rows], y[rows])[1])
        for rule, names in groups.items():
            optimizers[rule].step([met[-1][name] for name in names])
        path.append({name: one.copy() for name, one in theta.items()})
    return stacked(path, met)


# --- gradients that are accumulated


def parameters(torch, seed=3):
    return {name: torch.nn.Parameter(torch.tensor(theta)) for name, theta in start(np.random.default_rng(seed)).items()}


def loop(torch, thetas, optimizer, every=1, scale=1.0, change=None, count=32) -> Trace:
    """A loop of torch, as one writes it by hand; what is recorded are the gradients of each batch, as they are."""
    rng, (x, y) = np.random.default_rng(4), digits()
    path, met = [values(thetas)], []
    for k in range(count):
        rows = rng.integers(0, len(x), 32)
        met.append(gradient(path[-1], x[rows], y[rows])[1])
        for name, theta in thetas.items():
            g = torch.tensor(met[-1][name]) * scale
            theta.grad = g if theta.grad is None else theta.grad + g
        if change:
            change()
        if (k + 1) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
        path.append(values(thetas))
    return stacked(path, met)


def values(thetas):
    return {name: theta.detach().numpy().copy() for name, theta in thetas.items()}


def stacked(path, met) -> Trace:
    """Parameters before the first step and after each, and gradients, as a trace of the bare form has them."""
    tensors = {
        name: Tensor(
            shape=theta.shape,
            before=np.stack([one[name] for one in path[:-1]]),
            after=np.stack([one[name] for one in path[1:]]),
            gradient=np.stack([one[name] for one in met]),
        )
        for name, theta in path[0].items()
    }
    return Trace(steps=np.arange(len(met)), tensors=tensors, about={"form": "bare"})


@pytest.mark.full
@pytest.mark.parametrize(("scale", "rates"), [(0.25, {0.1, 0.025}), (1.0, {0.4, 0.1})])
def test_accumulation_is_told_and_that_mean_or_sum_is_not(scale, rates):
    """Under SGD the mean at one rate is the sum at another: both are said."""
    import torch

    thetas = parameters(torch)
    optimizer = torch.optim.SGD(thetas.values(), lr=0.1, momentum=0.9)
    found = identify(loop(torch, thetas, optimizer, every=4, scale=scale))
    [one] = found.found
    assert (found.steps, found.accumulation.steps, found.accumulation.gradient) == (8, 4, "mean")
    assert set(found.accumulation.as_good) == {"sum"}
    assert {one.rule.learning_rate, found.accumulation.as_good["sum"][0].learning_rate} == rates
    assert "move at every 4th recorded update only; the optimizer got the mean of their gradients" in text(found, {})
    assert json.loads(as_json(found))["accumulation"]["as_good"][0]["rules"][0]["family"] == "SGD"


@pytest.mark.full
def test_an_epsilon_that_people_write_says_that_it_was_the_sum():
    import torch

    thetas = parameters(torch)
    optimizer = torch.optim.AdamW(thetas.values(), lr=1e-3)
    found = identify(loop(torch, thetas, optimizer, every=3, count=48))
    assert (found.accumulation.steps, found.accumulation.gradient) == (3, "sum")
    assert found.found[0].rule.epsilon == 1e-8
    [mean] = found.accumulation.as_good["mean"]
    assert mean.epsilon == pytest.approx(1e-8 / 3, rel=0.02)
    said = "The steps do not tell whether it was the mean of their gradients: then the rule is Adam ("
    assert said in text(found, {})


@pytest.mark.full
def test_gradients_that_keras_accumulates_are_told():
    import tensorflow as tf

    thetas = {name: tf.Variable(theta, name=name) for name, theta in start(np.random.default_rng(3)).items()}
    optimizer = tf.keras.optimizers.Adam(1e-3, gradient_accumulation_steps=4)
    rng, (x, y) = np.random.default_rng(4), digits()
    path, met = [{name: theta.numpy() for name, theta in thetas.items()}], []
    for _ in range(32):
        rows = rng.integers(0, len(x), 32)
        met.append(gradient(path[-1], x[rows], y[rows])[1])
        optimizer.apply([tf.constant(met[-1][name]) for name in thetas], list(thetas.values()))
        path.append({name: theta.numpy() for name, theta in thetas.items()})
    found = identify(stacked(path, met))
    assert (found.accumulation.steps, found.accumulation.gradient) == (4, "mean")
    assert found.found[0].calls["tf"] == "keras.optimizers.Adam()"


@pytest.mark.full  # 20 s
def test_numbers_that_keras_holds_in_float32_hide_no_rule_in_float64(request, tmp_path):
    """In its graph more of them than the arithmetic of float32 makes up for."""
    import keras

    from tf_impl import Recorder

    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # which Keras would else keep from the first layer on, whatever floatx is
    for back in (keras.config.set_floatx, keras.config.set_dtype_policy):
        request.addfinalizer(partial(back, "float32"))
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1024, 12)), rng.integers(0, 4, 1024)
    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(4)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.AdamW(1e-3, weight_decay=0.01), loss=loss, jit_compile=False)
    model.fit(x, y, batch_size=32, verbose=0, callbacks=[Recorder(tmp_path / "trace")])
    trace = read_trace(tmp_path / "trace")
    said = text(found := identify(trace), trace.about)
    assert isinstance(found.found[0].rule, Adam)
    assert "It is what the script says: `keras.optimizers.AdamW(weight_decay=0.01)`" in said
    assert "the rule's to the digits of float32 only" in said


# --- rows that are left alone


def embedded(torch, optimizer) -> Trace:
    """An embedding of which each batch looks up some rows, its gradients written out with their zeros."""
    rng = np.random.default_rng(0)
    theta = torch.nn.Parameter(torch.tensor(rng.normal(size=(20, 4)).astype(np.float32)))
    made = optimizer([theta])
    path, met = [values({"embedding": theta})], []
    for _ in range(32):
        rows = torch.tensor(rng.integers(0, 20, 12))
        theta.grad = None
        looked_up = torch.nn.functional.embedding(rows, theta, sparse=isinstance(made, torch.optim.SparseAdam))
        torch.square(looked_up.sum(dim=1) - 1).mean().backward()
        met.append({"embedding": theta.grad.to_dense().numpy().copy()})
        made.step()
        path.append(values({"embedding": theta}))
    return stacked(path, met)


def test_rows_that_are_left_alone_are_told():
    import torch

    found = identify(embedded(torch, lambda thetas: torch.optim.SparseAdam(thetas, lr=0.01)))
    [one] = found.found
    assert one.rule.lazy
    assert one.calls["torch"] == "torch.optim.SparseAdam(lr=0.01)"
    assert "rows left alone where they have no gradient: `torch.optim.SparseAdam(lr=0.01)`" in text(found, {})


@pytest.mark.full
@pytest.mark.parametrize("name", ["Adam", "SGD"])
def test_what_leaves_no_row_alone_is_not_lazy(name):
    """Of SGD without momentum rows rest too."""
    import torch

    found = identify(embedded(torch, lambda thetas: getattr(torch.optim, name)(thetas, lr=0.01)))
    assert [type(one.rule).__name__ for one in found.found] == [name]
    assert not any(getattr(one.rule, "lazy", False) for one in (*found.found, *found.equally_good))
