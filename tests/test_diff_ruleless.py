"""Embeddings whose gradients Keras gets in rows: what squares of rows make of a step is named, and of no rule."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch import nn

import tf_impl
import torch_impl
from comparisons.diff.ladder import compare
from comparisons.identify.identify import identify
from comparisons.traces.reading import read_trace

TOKENS, BATCH, STEPS = 40, 8, 6
TWICE = np.random.default_rng(0).integers(0, 10, (STEPS, BATCH))  # of ten tokens, eight are never all others
ONCE = np.stack([np.random.default_rng(step).permutation(TOKENS)[:BATCH] for step in range(STEPS)])
LABELS = np.random.default_rng(1).integers(0, 3, (STEPS, BATCH))
SMALL = 1e-30  # an epsilon that is felt at no place


def pair(folder, batches, torch_optimizer, keras_optimizer):
    """The traces of an embedding and a layer in torch and in Keras, from the same numbers."""
    torch.manual_seed(0)
    ours = nn.ModuleDict({"emb": nn.Embedding(TOKENS, 6), "head": nn.Linear(6, 3)})
    theirs = keras.Sequential(
        [keras.Input((), dtype="int32"), keras.layers.Embedding(TOKENS, 6), keras.layers.Dense(3)]
    )
    theirs.set_weights([
        ours["emb"].weight.detach().numpy(), ours["head"].weight.detach().numpy().T, ours["head"].bias.detach().numpy()
    ])  # fmt: skip
    optimizer = torch_optimizer(ours.parameters())
    recorder = torch_impl.Recorder(folder / "a", optimizer, ours)
    for tokens, labels in zip(batches, LABELS, strict=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(ours["head"](ours["emb"](torch.tensor(tokens))), torch.tensor(labels))
        loss.backward()
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    recorder = tf_impl.Recorder(folder / "b", keras_optimizer, theirs)
    for tokens, labels in zip(batches, LABELS, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(labels, theirs(tokens), from_logits=True)
            )
        keras_optimizer.apply(tape.gradient(loss, theirs.trainable_variables), theirs.trainable_variables)
        recorder.step(loss=loss)
    recorder.close()
    return read_trace(folder / "a"), read_trace(folder / "b")


def adams(folder, batches):
    made = (lambda p: torch.optim.Adam(p, 0.01, eps=SMALL)), keras.optimizers.Adam(0.01, epsilon=SMALL)
    return pair(folder, batches, *made)


def test_squares_of_rows_are_named_as_likely_and_of_no_rule(tmp_path):
    a, b = adams(tmp_path, TWICE)
    [rows] = b.about["by_rows"]
    assert rows.endswith("/embeddings")
    found = compare(a, b, by_rules=True)
    assert [(one.cause, one.tensors, one.certain) for one in found.breaks] == [
        ("squares of rows", ("emb.weight",), False)
    ]
    assert "B gets its gradients in rows" in found.breaks[0].says
    assert not found.account
    assert found.notes[-1].startswith("No account: what differs is in emb.weight, which cannot be replayed")
    told = identify(b)
    assert told.unknown == (rows,)
    assert any("came in rows: of a token that comes twice in a batch" in note for note in told.notes)


def test_rows_that_come_once_make_the_same_steps(tmp_path):
    found = compare(*adams(tmp_path, ONCE), by_rules=True)
    assert [one.cause for one in found.breaks if one.tensors == ("emb.weight",)] == []


def test_of_two_tensors_in_rows_the_one_that_follows_the_rule_is_told_with_it(tmp_path):
    _, b = adams(tmp_path, TWICE)
    kernel = next(name for name in b.tensors if name.endswith("/kernel"))
    found = identify(replace(b, about={**b.about, "by_rows": [*b.about["by_rows"], kernel]}))
    assert found.unknown == tuple(b.about["by_rows"])
    assert [kernel in one.tensors for one in found.found] == [True]


def test_of_sgd_rows_are_no_matter(tmp_path):
    found = compare(*pair(tmp_path, TWICE, lambda p: torch.optim.SGD(p, 0.1), keras.optimizers.SGD(0.1)))
    assert (found.verdict, found.first_break) == ("rounding", None)


@pytest.mark.parametrize("rows", [5, "emb", [3], {}, None])
def test_what_a_trace_says_of_rows_may_be_anything(tmp_path, rows):
    a, b = adams(tmp_path, TWICE)
    found = compare(a, replace(b, about={**b.about, "by_rows": rows}))
    assert found.verdict == "different"
