"""Averages of the weights, as torch's AveragedModel and Keras's optimizers keep them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import tf_impl
import torch_impl
from comparisons.diff.ladder import compare
from comparisons.traces.reading import read_trace

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 8, 4)).astype(np.float32)
Y = RNG.standard_normal((24, 8, 3)).astype(np.float32)
KERNEL, BIAS = RNG.standard_normal((4, 3)).astype(np.float32), RNG.standard_normal(3).astype(np.float32)
RATE = 0.2


def of_torch(folder, decay=None, *, accumulate=1):
    """A linear layer, with an average: of a decay, or of equal weights ("mean")."""
    model = torch.nn.Linear(4, 3)
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(KERNEL.T))
        model.bias.copy_(torch.from_numpy(BIAS))
    made = torch.optim.SGD(model.parameters(), lr=RATE)
    average = None
    if decay is not None:
        average = AveragedModel(model, multi_avg_fn=None if decay == "mean" else get_ema_multi_avg_fn(decay))
    recorder = torch_impl.Recorder(folder, made, model, average=average)
    for k, (x, y) in enumerate(zip(X, Y, strict=True)):
        loss = torch.nn.functional.mse_loss(model(torch.from_numpy(x)), torch.from_numpy(y))
        recorder.batch(x, y)
        recorder.loss(loss)
        (loss / accumulate).backward()
        if (k + 1) % accumulate == 0:
            made.step()
            made.zero_grad()
            if average is not None:
                average.update_parameters(model)
    recorder.close()


def of_keras(folder, decay=None, *, accumulate=None, overwrite=None):
    """The same layer, with the average of its optimizer."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="layer")], name="net")
    model.set_weights([KERNEL, BIAS])
    average = {} if decay is None else {"use_ema": True, "ema_momentum": decay, "ema_overwrite_frequency": overwrite}
    optimizer = keras.optimizers.SGD(RATE, gradient_accumulation_steps=accumulate, **average)
    recorder = tf_impl.Recorder(folder, optimizer, model)
    for x, y in zip(X, Y, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.mean_squared_error(y, model(x)))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        recorder.step(loss=loss, batch=(x, y))
    recorder.close()


def compared(tmp_path, torch_of, keras_of):
    of_torch(tmp_path / "a", **torch_of)
    of_keras(tmp_path / "b", **keras_of)
    return compare(read_trace(tmp_path / "a"), read_trace(tmp_path / "b"))


@pytest.mark.parametrize("decay", [0.5, 0.99, 0.9999])
def test_the_same_decay_is_the_same(decay, tmp_path):
    found = compared(tmp_path, {"decay": decay}, {"decay": decay})
    assert found.verdict == "rounding"
    assert next(rung for rung in found.rungs if rung.rung == "side state").state == "ok"
    assert not found.notes


DECAY, KIND = "decay of the average", "average of another kind"
PARTED = {
    "another": ({"decay": 0.9}, {"decay": 0.99}, (DECAY, 0.99), "A's keeps 0.9 of the old, B's 0.99."),
    "nearly 1": ({"decay": 0.9999}, {"decay": 0.99999}, (DECAY, 0.99999), "A's keeps 0.9999 of the old, B's 0.99999."),
    "a mean": (
        {"decay": "mean"},
        {"decay": 0.9},
        (KIND, None),
        "A's keeps more and more, from 0.5 to 0.958, as a mean",
    ),
    "at each batch": (
        {"decay": 0.9, "accumulate": 2},
        {"decay": 0.9, "accumulate": 2},
        (DECAY, 0.9),
        "A's keeps 0.9 of the old, B's 0.9 at each of 2 batches to an update.",
    ),
}


@pytest.mark.parametrize(("torch_of", "keras_of", "named", "says"), PARTED.values(), ids=PARTED)
def test_another_decay_is_named(torch_of, keras_of, named, says, tmp_path):
    found = compared(tmp_path, torch_of, keras_of)
    [cause] = found.breaks
    assert ((cause.cause, cause.number), cause.certain) == (named, True)
    assert says in cause.says
    assert cause.tensors == ("weight", "bias")


def test_an_average_on_one_side_alone_is_said(tmp_path):
    found = compared(tmp_path, {}, {"decay": 0.99})
    said = "B has an average of the weights, which keeps 0.99 of the old, and A records none: it was not compared."
    assert (found.verdict, found.notes) == ("rounding", (said,))
    found = compared(tmp_path, {"decay": "mean"}, {})
    assert found.notes == ("A has an average of the weights, and B records none: it was not compared.",)


def test_weights_that_their_average_takes_the_place_of_are_no_rule(tmp_path):
    found = compared(tmp_path, {}, {"decay": 0.9, "overwrite": 3})
    assert (found.first_break.cause, found.first_break.number) == ("changed between the updates", 3)
    assert "between the updates of the steps 2 and 3, where B's parameters are set to their averages every 3" in (
        found.first_break.says
    )
    assert found.first_break.remedy.startswith("It is what ema_overwrite_frequency")
