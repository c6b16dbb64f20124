"""SparseAdam: torch's class on sparse gradients, the lazy drop-ins and the reference, led by the same gradients."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from comparisons import frameworks
from comparisons.porting.command import translate
from comparisons.porting.probes import RARE, by_probe, leads
from comparisons.rules import Adam
from numpy_impl.forced import follow
from tf_impl.forced import follow as follow_in_keras
from torch_impl.forced import follow as follow_in_torch

STEPS = 40
RNG = np.random.default_rng(0)
START = {"embedding": RNG.normal(size=(6, 3))}
GRADIENTS = {"embedding": RNG.normal(size=(STEPS, 6, 3)) * RNG.integers(0, 2, size=(STEPS, 6, 1))}
RULE = Adam(learning_rate=0.1, beta1=0.8, beta2=0.95, epsilon=1e-3, epsilon_position="uncorrected-root", lazy=True)
CALL = frameworks.of("torch").call("SparseAdam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3})


def test_the_call_is_the_rule():
    assert frameworks.rule_of(CALL) == RULE


@pytest.mark.parametrize("followed", [(follow_in_torch, CALL), (follow_in_torch, RULE), (follow_in_keras, RULE)])
def test_all_follow_the_rule(followed):
    walk, optimizer = followed
    path, expected = (one["embedding"] for one in (walk(optimizer, START, GRADIENTS), follow(RULE, START, GRADIENTS)))
    np.testing.assert_allclose(path, expected, rtol=1e-13, atol=1e-13)  # 40 steps in float64
    alone = (GRADIENTS["embedding"] == 0).all(axis=-1)[1:]
    np.testing.assert_array_equal(np.diff(path, axis=0)[alone], 0)
    assert alone.any()


def test_an_embedding_that_is_sparse_trains_so():
    """Of torch's own: a layer with sparse=True, whose rows are drawn; its gradients, made dense, lead the reference."""
    layer = torch.nn.Embedding(6, 3, sparse=True, dtype=torch.float64)
    start = layer.weight.detach().numpy().copy()
    optimizer = torch.optim.SparseAdam(layer.parameters(), lr=0.1, betas=(0.8, 0.95), eps=1e-3)
    met = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        rows = torch.tensor(RNG.integers(6, size=4))  # now and then one of them twice
        (layer(rows) ** 2).sum().backward()
        met.append(layer.weight.grad.to_dense().numpy().copy())
        optimizer.step()
    path = follow(RULE, {"embedding": start}, {"embedding": np.array(met)})["embedding"]
    np.testing.assert_allclose(layer.weight.detach().numpy(), path[-1], rtol=1e-13, atol=1e-13)


def test_a_probe_shows_that_rows_are_left_alone():
    rule = frameworks.rule_of(frameworks.of("torch").call("SparseAdam", {}))
    [(start, gradients)] = leads(rule, "float64")
    lazy, other = (follow(one, start, gradients) for one in (rule, replace(rule, lazy=False)))
    gaps = by_probe([lazy], [other])
    # For 20 steps of 1e-3; of the vector, which starts at 0, that is much.
    assert {probe for probe, gap in gaps.items() if gap} == {RARE}
    assert gaps[RARE] > 0.1
    [(others, _)] = leads(replace(rule, lazy=False), "float64")
    assert len(others) == len(start) - 2  # nobody else is asked


@pytest.mark.full  # three processes train and are led in two dtypes
def test_a_translation_is_proved():
    found = translate("torch.optim.SparseAdam(p)", "tf", "", "regression-20", ("float32", "float64"))
    proof = found.data["proof"]
    assert (found.troubles, found.shortfalls) == ((), ())
    for dtype, rounding in (("float32", 1e-5), ("float64", 1e-14)):
        assert (proof[dtype]["native_probe"], proof[dtype]["native_probe_gap"] > 0.1) == (RARE, True)
        assert proof[dtype]["exact_probe_gap"] < rounding
