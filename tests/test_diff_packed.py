"""`triptych diff` on attention: tensors that one side holds in one and the other apart, and axes of heads."""

from dataclasses import replace
from itertools import pairwise
from math import prod
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import tf_impl
import torch_impl
from comparisons.diff.ladder import compare
from comparisons.diff.layouts import plain
from comparisons.diff.matching import layer_of
from comparisons.diff.packed import unpacked
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace

WIDTH, HEADS, TOKENS, STEPS = 32, 4, 5, 8
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((STEPS, 16, TOKENS, 6)).astype(np.float32), RNG.integers(0, 3, (STEPS, 16))
PROJECTIONS = ("query", "key", "value")


class Attention(nn.Module):
    """Tokens embedded, one layer of attention, their mean."""

    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Linear(6, WIDTH), nn.Linear(WIDTH, 3)
        self.att, self.norm = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True), nn.LayerNorm(WIDTH, eps=1e-3)

    def forward(self, x):
        x = self.embed(x)
        return self.head(self.norm(x + self.att(x, x, x, need_weights=False)[0]).mean(1))


def torch_net():
    torch.manual_seed(0)
    net = Attention()
    with torch.no_grad():
        for name, one in net.named_parameters():
            if "bias" in name:
                one.uniform_(-0.1, 0.1)
    return net


def keras_net(start):
    """The same in Keras, from the tensors of torch's."""
    given = keras.Input((TOKENS, 6))
    x = keras.layers.Dense(WIDTH, name="embed")(given)
    x = keras.layers.LayerNormalization(name="norm")(
        x + keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name="att")(x, x)
    )
    net = keras.Model(given, keras.layers.Dense(3, name="head")(keras.layers.GlobalAveragePooling1D()(x)))
    heads = (HEADS, WIDTH // HEADS)
    values = {
        "embed/kernel": start["embed.weight"].T, "embed/bias": start["embed.bias"],
        "att/attention_output/kernel": start["att.out_proj.weight"].T.reshape(*heads, WIDTH),
        "att/attention_output/bias": start["att.out_proj.bias"],
        "norm/gamma": start["norm.weight"], "norm/beta": start["norm.bias"],
        "head/kernel": start["head.weight"].T, "head/bias": start["head.bias"],
    }  # fmt: skip
    for name, w, b in zip(
        PROJECTIONS, np.split(start["att.in_proj_weight"], 3), np.split(start["att.in_proj_bias"], 3), strict=True
    ):
        values |= {f"att/{name}/kernel": w.T.reshape(WIDTH, *heads), f"att/{name}/bias": b.reshape(heads)}
    for variable in net.trainable_variables:
        variable.assign(values[variable.path])
    return net


def in_torch(folder: Path, **options):
    net = torch_net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    recorder = torch_impl.Recorder(folder, optimizer, net, **options)
    for x, y in zip(X, Y, strict=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        recorder.batch(x, y)
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def in_keras(folder: Path, rate=0.1, **options):
    net = keras_net({name: one.detach().numpy() for name, one in torch_net().named_parameters()})
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    recorder = tf_impl.Recorder(folder, optimizer, net, **options)
    for x, y in zip(X, Y, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, net(x), from_logits=True))
        optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        recorder.step(loss=loss, batch=(x, y))
    recorder.close()
    return read_trace(folder)


@pytest.mark.parametrize("options", [{}, {"elements": 512}], ids=["whole", "samples"])
def test_attention_in_both_frameworks_is_the_same_but_for_rounding(options, tmp_path):
    found = compare(in_torch(tmp_path / "a", **options), in_keras(tmp_path / "b", **options))
    assert (found.verdict, found.first_break) == ("rounding", None)
    names = found.details["names"]
    for i, name in enumerate(PROJECTIONS, start=1):
        assert names[f"att.in_proj_weight[{i}/3]"] == f"att/{name}/kernel"
        assert names[f"att.in_proj_bias[{i}/3]"] == f"att/{name}/bias"
    assert names["att.out_proj.weight"] == "att/attention_output/kernel"


def test_a_cause_in_attention_is_named_and_has_its_share(tmp_path):
    """Keys' biases do not move: no output depends on them."""
    found = compare(in_torch(tmp_path / "a"), in_keras(tmp_path / "b", rate=0.2), by_rules=True)
    assert (found.first_break.cause, found.first_break.number) == ("learning rate", pytest.approx(2, rel=1e-4))
    assert found.account["learning rate"] > 0.5
    assert sum(found.account.values()) == pytest.approx(1)


UNITS = 8
SEQUENCES = RNG.standard_normal((STEPS, 16, TOKENS, 6)).astype(np.float32)
# Of Keras's gates, where torch has them.
GATES = {"GRU": np.r_[UNITS : 2 * UNITS, 0:UNITS, 2 * UNITS : 3 * UNITS], "LSTM": np.r_[0 : 4 * UNITS]}


class Recurrent(nn.Module):
    """A recurrent layer, of whose last outputs there are classes."""

    def __init__(self, kind):
        super().__init__()
        self.rnn, self.head = getattr(nn, kind)(6, UNITS, batch_first=True), nn.Linear(UNITS, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def recurrent(kind, folder, clipnorm=None, *, zeros=(), **options):
    """The traces of a recurrent net in torch and in Keras, from the same start, with all biases or their sum.

    Args:
        clipnorm: of Keras's optimizer. zeros: the biases that begin with 0. options: of Keras's layer.
    """
    torch.manual_seed(0)
    ours = Recurrent(kind)
    for name in zeros:
        nn.init.zeros_(getattr(ours.rnn, name))
    given = keras.Input((TOKENS, 6))
    theirs = keras.Model(given, keras.layers.Dense(3)(getattr(keras.layers, kind)(UNITS, **options)(given)))
    start, gates = {name: one.detach().numpy().copy() for name, one in ours.named_parameters()}, GATES[kind]
    biases = np.stack([start["rnn.bias_ih_l0"][gates], start["rnn.bias_hh_l0"][gates]])
    biases = biases if kind == "GRU" and not options else biases.sum(axis=0)
    values = [start["rnn.weight_ih_l0"][gates].T, start["rnn.weight_hh_l0"][gates].T]
    values += [biases, start["head.weight"].T, start["head.bias"]]
    for variable, value in zip(theirs.trainable_variables, values, strict=True):
        variable.assign(value)
    optimizer = torch.optim.SGD(ours.parameters(), 0.1, momentum=0.9)
    recorder = torch_impl.Recorder(folder / "a", optimizer, ours)
    for x, y in zip(SEQUENCES, Y, strict=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(ours(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    other = keras.optimizers.SGD(0.1, momentum=0.9, clipnorm=clipnorm)
    recorder = tf_impl.Recorder(folder / "b", other, theirs)
    for x, y in zip(SEQUENCES, Y, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, theirs(x), from_logits=True))
        other.apply(tape.gradient(loss, theirs.trainable_variables), theirs.trainable_variables)
        recorder.step(loss=loss)
    recorder.close()
    return read_trace(folder / "a"), read_trace(folder / "b")


def test_both_biases_of_a_gru_are_one_tensor_in_keras(tmp_path):
    found = compare(*recurrent("GRU", tmp_path))
    assert (found.verdict, found.first_break) == ("rounding", None)
    bias = next(name.removesuffix("[1/2]") for name in found.details["names"].values() if name.endswith("[1/2]"))
    assert found.details["names"]["rnn.bias_ih_l0"] == f"{bias}[1/2]"
    assert found.details["names"]["rnn.bias_hh_l0"] == f"{bias}[2/2]"


@pytest.mark.parametrize("zeros", [("bias_hh_l0",), ("bias_ih_l0", "bias_hh_l0")])
def test_biases_of_a_gru_that_begin_with_0_as_keras_has_them_have_its_gates(zeros, tmp_path):
    """An equal pair was said to differ in them."""
    found = compare(*recurrent("GRU", tmp_path, zeros=zeros))
    assert (found.verdict, found.first_break) == ("rounding", None)
    assert found.rungs[0].says.count("gates (1, 0, 2)") == 4


@pytest.mark.parametrize("turned", [False, True])
def test_a_clip_of_each_tensor_is_by_the_norm_of_both_biases_of_a_gru(turned, tmp_path):
    """No clip explained it, as each of the two has a norm of its own."""
    traces = recurrent("GRU", tmp_path, clipnorm=0.05)
    first = compare(*(traces[::-1] if turned else traces)).first_break
    assert (first.rung, first.cause, first.number) == ("used gradient", "clipped by the norm of each", 0.05)


@pytest.mark.parametrize("turned", [False, True])
def test_a_gru_with_one_bias_multiplies_by_the_reset_gate_before_the_product(turned, tmp_path):
    """It was a tensor that one side has frozen, or not at all."""
    traces, (who, other) = recurrent("GRU", tmp_path, reset_after=False), "BA" if turned else "AB"
    first = compare(*(traces[::-1] if turned else traces)).first_break
    assert (first.cause, first.certain, first.tensors) == ("reset_after", False, ("rnn.bias_hh_l0",))
    assert f"{who} trains rnn.bias_hh_l0, whose gradients are those of rnn.bias_ih_l0 in two gates" in first.says
    assert f"Give {other}'s GRU both: in Keras reset_after=True" in first.remedy


def test_the_two_biases_of_an_lstm_are_one_though_their_gradients_are_summed_in_another_order(tmp_path):
    """As those of packed sequences are: one was trained in torch alone, and the other had another start."""
    a, b = recurrent("LSTM", tmp_path)
    second = a.tensors["rnn.bias_hh_l0"]
    other = replace(second, gradient=np.nextafter(second.gradient, np.float32(1)))
    found = compare(replace(a, tensors={**a.tensors, "rnn.bias_hh_l0": other}), b)
    assert "rnn.bias_ih_l0 + rnn.bias_hh_l0" in found.details["names"]
    assert all(rung.state == "ok" for rung in found.rungs if rung.rung in ("names and layout", "initial parameters"))


def test_a_part_of_a_weight_is_of_the_layer_of_the_same_part_of_its_bias():
    """Biases of 0 have no values to be paired by, nor gradients where the function is another."""
    assert layer_of("b.0.att.in_proj_weight[1/3]") == layer_of("b.0.att.in_proj_bias[1/3]") == "b.0.att[1/3]"
    assert layer_of("b.0.att.in_proj_bias[2/3]") != layer_of("b.0.att.in_proj_bias[1/3]")
    assert layer_of("att/query/kernel") == "att.query"


def test_the_two_biases_of_an_lstm_move_twice_as_far_as_the_one_of_keras(tmp_path):
    found = compare(*recurrent("LSTM", tmp_path), by_rules=True)
    both = ("rnn.bias_ih_l0 + rnn.bias_hh_l0",)
    assert [(one.rung, one.cause, one.number, one.tensors) for one in found.breaks] == [
        ("update", "moved by two updates", pytest.approx(0.5, rel=1e-4), both)
    ]
    assert found.breaks[0].says.startswith("A has rnn.bias_ih_l0 and rnn.bias_hh_l0, and B their sum alone")
    assert not found.account  # of the others alone, which gradients at other parameters move apart
    assert found.notes[-1].startswith(f"No account: what differs is in {both[0]}, which cannot be replayed")


SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


@given(SHAPES, st.data())
def test_elements_stay_the_same_through_a_layout(apart, data):
    """Of a tensor whose axes are taken together and turned, one layout says so, and none is no permutation."""
    ends = data.draw(st.sets(st.integers(1, len(apart)), max_size=2)) | {len(apart)}
    bounds = sorted({0, *ends})
    merged = tuple(prod(apart[first:last]) for first, last in pairwise(bounds))
    turned = data.draw(st.permutations(range(len(merged))))
    values = np.arange(prod(apart))
    together = np.transpose(values.reshape(merged), turned)
    for ours, theirs, a, b in (
        (together.shape, apart, together, values), (apart, together.shape, values, together),
    ):  # fmt: skip
        layouts = plain(ours, theirs)
        assert all(sorted(one.places(values)) == sorted(values) for one in layouts)
        if ours != theirs and sorted(ours) != sorted(theirs):
            assert any((a.ravel()[one.places(values)] == b.ravel()).all() for one in layouts)


def tensors(shapes, framework, sampled=()):
    rng, found = np.random.default_rng(1), {}
    for name, shape in shapes.items():
        size = prod(shape)
        sample = np.sort(rng.choice(size, size // 2, replace=False)) if name in sampled else None
        values = [rng.standard_normal((2, *shape)) for _ in range(3)]
        if sample is not None:
            values = [one.reshape(2, -1)[:, sample] for one in values]
        before, after, gradient = values
        found[name] = Tensor(shape=shape, sample=sample, before=before, after=after, gradient=gradient)
    return Trace(steps=np.arange(2), tensors=found, about={"framework": framework})


@pytest.mark.parametrize("sampled", [(), ("w",)])
def test_parts_are_the_elements_of_the_whole(sampled):
    packed = tensors({"w": (12, 5), "b": (12,), "other": (3,)}, "torch", sampled)
    apart = tensors({f"{kind}{i}": shape for i in range(3) for kind, shape in (("w", (4, 5)), ("b", (4,)))}, "tf")
    ours, theirs = unpacked(packed, apart, {})
    assert theirs.tensors.keys() == apart.tensors.keys()
    assert list(ours.tensors) == [f"w[{i}/3]" for i in (1, 2, 3)] + [f"b[{i}/3]" for i in (1, 2, 3)] + ["other"]
    whole = packed.tensors["w"]
    flat = np.arange(60) if whole.sample is None else whole.sample
    seen = np.full((2, 60), np.nan)
    seen[:, flat] = whole.before.reshape(2, -1)
    for part, wanted in zip(list(ours.tensors.values())[:3], np.split(seen.reshape(2, 12, 5), 3, axis=1), strict=True):
        at = np.arange(20) if part.sample is None else part.sample
        assert part.shape == (4, 5)
        assert (np.diff(at) > 0).all()
        np.testing.assert_array_equal(part.before.reshape(2, -1), wanted.reshape(2, -1)[:, at])


def test_what_both_sides_pack_or_are_told_is_one_stays_whole():
    one, other = tensors({"w": (12, 5)}, "torch"), tensors({"v": (5, 12), **{f"w{i}": (4, 5) for i in range(3)}}, "tf")
    assert list(unpacked(one, other, {})[0].tensors) == ["w"]
    apart = tensors({f"w{i}": (4, 5) for i in range(3)}, "tf")
    assert list(unpacked(one, apart, {"w": "w0"})[0].tensors) == ["w"]


def test_parts_lie_along_the_axis_that_makes_them_what_the_other_side_has():
    packed, apart = tensors({"w": (4, 6)}, "tf"), tensors({f"w{i}": (2, 4) for i in range(3)}, "torch")
    found = unpacked(packed, apart, {})[0].tensors
    np.testing.assert_array_equal(found["w[2/3]"].before, packed.tensors["w"].before[:, :, 2:4])
