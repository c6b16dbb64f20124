"""`triptych diff` of another function or another loss: what is likely, in which order, and what is not said."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from comparisons.diff.ladder import compare
from comparisons.diff.layer_norm import _ratio
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

CLIP = 1e-7  # to which Keras clips what it takes for probabilities


def cross_entropy(z, y):
    return functional.cross_entropy(z, y)


def sparse(z, y):
    """keras.losses.sparse_categorical_crossentropy(y, z)."""
    return functional.cross_entropy(z.clamp(CLIP, 1 - CLIP).log(), y)


def categorical(z, y):
    """keras.losses.categorical_crossentropy(one_hot(y), z)."""
    p = (z / z.sum(1, keepdim=True)).clamp(CLIP, 1 - CLIP)
    return -p.log().gather(1, y[:, None]).mean()


def with_logits(z, y):
    return functional.binary_cross_entropy_with_logits(z[:, 0], (y % 2).to(z))


def binary(z, y):
    """keras.losses.binary_crossentropy(y, z)."""
    return functional.binary_cross_entropy(z[:, 0].clamp(CLIP, 1 - CLIP), (y % 2).to(z))


def weighted(z, y):
    return (torch.tensor([8.0, 0.5, 1.0, 6.0])[y] * functional.cross_entropy(z, y, reduction="none")).mean()


def twice(z, y):
    return functional.cross_entropy(z.softmax(1), y)


def squares(z, y):
    return 4 * ((z - functional.one_hot(y, z.shape[1])) ** 2).mean()


def focal(z, y):
    """Lin et al. 2017, equation 4, with gamma 2."""
    p = z.softmax(1).gather(1, y[:, None])
    return -((1 - p) ** 2 * p.log()).mean()


def over_temperature(of, z, y):
    return functional.cross_entropy(z / of, y)


def train(folder, loss_of=cross_entropy, *, activation=nn.Tanh, outputs=4, steps=2, labels=True, batch=16):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(8, 12), activation(), nn.Linear(12, outputs))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    recorder = Recorder(folder, optimizer, net)
    draws = torch.Generator().manual_seed(2)
    for _ in range(steps):
        x, y = torch.randn(batch, 8, generator=draws), torch.randint(0, 4, (batch,), generator=draws)
        optimizer.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        recorder.batch(x, (y % 2 if outputs == 1 else y) if labels else None)
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def first_of(tmp_path, a, b):
    return compare(train(tmp_path / "a", **a), train(tmp_path / "b", **b)).first_break


LOGITS = "logits taken for probabilities"
LOST = {
    "sparse": ({}, {"loss_of": sparse}, "B", "the softmax"),
    "categorical": ({}, {"loss_of": categorical}, "B", "the softmax"),
    "binary": ({"loss_of": with_logits, "outputs": 1}, {"loss_of": binary, "outputs": 1}, "B", "the sigmoid"),
    "on side A": ({"loss_of": sparse}, {}, "A", "the softmax"),
}


@pytest.mark.parametrize(("a", "b", "side", "layer"), LOST.values(), ids=LOST)
def test_from_logits_that_was_forgotten_is_likely(tmp_path, a, b, side, layer):
    first = first_of(tmp_path, a, b)
    assert (first.cause, first.certain) == (LOGITS, False)
    assert f"Likely: {side}'s loss takes logits for probabilities (from_logits)" in first.says
    assert first.remedy == f"Give {side}'s loss from_logits=True, or its last layer {layer}."


LAYERS, LOSSES = "another function of the layers", "weights of classes or samples"
ORDER = {
    "weights of classes": ({"loss_of": weighted}, (LOSSES, LAYERS)),
    "another loss": ({"loss_of": squares}, (LOSSES, LAYERS)),
    "another activation": ({"activation": nn.Hardtanh}, (LAYERS, LOSSES)),
}


@pytest.mark.parametrize(("change", "order"), ORDER.values(), ids=ORDER)
def test_the_last_bias_says_whether_the_loss_or_the_layers_are_the_likelier(tmp_path, change, order):
    first = first_of(tmp_path, {}, change)
    assert (first.cause, first.certain) == ("dropout, or another function", False)
    places = [first.says.index(words) for words in order]
    assert places == sorted(places)


OTHERS = {
    "focal": focal,
    "a temperature of 0.9, which the first loss hardly feels": partial(over_temperature, 0.9),
    "a temperature of 2": partial(over_temperature, 2),
}


@pytest.mark.parametrize("loss_of", OTHERS.values(), ids=OTHERS)
def test_a_loss_that_all_gradients_feel_alike_is_another_and_no_weight(tmp_path, loss_of):
    """They were a factor of all gradients, with what it leaves over as a lower precision's, or dropout."""
    a, b = train(tmp_path / "a", outputs=10, batch=256), train(tmp_path / "b", loss_of, outputs=10, batch=256)
    found = compare(a, b)
    assert [(cause.cause, cause.certain) for rung in found.rungs for cause in rung.causes] == [("another loss", False)]
    ours, theirs = (np.concatenate([one.gradient[0].ravel() for one in of.tensors.values()]) for of in (a, b))
    along = float(ours @ theirs / (ours @ ours))
    larger, other, ratio = ("B", "A", along) if along > 1 else ("A", "B", 1 / along)
    assert f"{larger}'s are about {ratio:.3g} times {other}'s, as those of the last bias" in found.first_break.says


def test_a_softmax_that_is_taken_twice_is_still_likely(tmp_path):
    assert first_of(tmp_path, {}, {"loss_of": twice}).cause == "softmax twice"


def test_weights_are_no_softmax_that_is_taken_twice(tmp_path):
    """B's gradients are four times A's, as a second softmax of four classes would make them in A."""
    first = first_of(tmp_path, {}, {"loss_of": weighted})
    assert first.cause != "softmax twice"


SHARES = {  # of A and of B at each step: as of an epsilon of 1e-6, and of the ratio to it
    "all positive": ([4e-6] * 8, [1e4] * 8, 1e4),
    "one turned": ([4e-6, 4e-6, 3e-5, 4e-6, -4e-6, 8e-6, 1e-6, 3e-6], [1e4, 9e3, 8e3, 9e3, 9e3, 9e3, 1.5e4, 1e4], 9e3),
    "half turned": ([4e-6, -4e-6] * 4, [1e4] * 8, None),
    "chance": ([4e-6, 4e-6, 3e-5, 4e-6, -4e-6, 8e-6, 1e-6, 3e-6], [1e4, 2e3, 8e3, -9e3, 3e4, 9e2, 6e4, 1e2], None),
    "not felt": ([1e-9, -1e-9] * 4, [1e7, -1e7] * 4, np.inf),
}


@pytest.mark.parametrize(("a", "ratios", "wanted"), SHARES.values(), ids=SHARES)
def test_the_ratio_of_two_epsilons_bears_a_share_that_turns_its_sign(a, ratios, wanted):
    """A sum over samples with gradients of both signs does that at a step of some."""
    assert _ratio(np.array([a, np.multiply(a, ratios)]), 1e-6) == (wanted and pytest.approx(wanted))


def test_the_epsilon_of_an_rms_norm_is_named_by_the_power_of_ten(tmp_path):
    first = first_of(tmp_path, *({"activation": partial(nn.RMSNorm, 12, eps=one), "steps": 8} for one in (1e-6, 1e-2)))
    assert (first.cause, first.certain) == ("epsilon of the normalisation", True)
    assert first.number == pytest.approx(1e4)
