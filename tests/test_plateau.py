"""Callbacks that set the rate, and torch's ReduceLROnPlateau: against the installed ones."""

import math

import keras
import numpy as np
import pytest
import torch

from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.callbacks import of_callback
from comparisons.frameworks.plateau import differences, of_keras, of_torch, to_keras, to_torch
from comparisons.names import BadInput
from comparisons.rules.schedules import rate_at
from comparisons.rules.schedules.plateau import replay

LR = 0.5
NAME = "ReduceLROnPlateau"
RANDOM = np.random.default_rng(3)
METRICS = {
    "falling, then flat": [1.0, 0.5, 0.3, *[0.3] * 30],
    "noisy": list(RANDOM.uniform(0.5, 1.0, 60)),
    "in tiny steps": list(1.0 - 5e-5 * np.arange(60)),
    "below zero": list(-1.0 - 5e-5 * np.arange(40)),
    "first not a number": [float("nan"), *[1.0] * 30],
    "rising": list(np.linspace(0.1, 1.0, 40)),
}
TORCH = [
    {},
    {"patience": 0},
    {"patience": 2, "cooldown": 3},
    {"patience": 2, "threshold_mode": "abs", "threshold": 1e-3},
    {"mode": "max", "patience": 3, "factor": 0.5, "min_lr": 0.1},
    {"patience": 1, "eps": 0.01},
]
KERAS = [
    {},
    {"patience": 0},
    {"patience": 1, "cooldown": 1},
    {"patience": 2, "cooldown": 3},
    {"patience": 2, "min_delta": 1e-3},
    {"mode": "max", "patience": 3, "factor": 0.5, "min_lr": 0.1},
    {"patience": 1, "min_delta": -0.01},
]


@pytest.mark.parametrize("arguments", TORCH, ids=str)
@pytest.mark.parametrize("metrics", METRICS.values(), ids=METRICS)
def test_torchs(arguments, metrics):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **arguments)
    theirs = []
    for metric in metrics:
        scheduler.step(metric)
        theirs.append(optimizer.param_groups[0]["lr"])
    call = NativeCall(framework="torch", name=NAME, module="torch.optim.lr_scheduler", arguments=arguments)
    assert replay(of_torch(call), LR, metrics) == theirs
    assert of_torch(to_torch(of_torch(call))) == of_torch(call)


class Model:
    """What a callback sees of a model: its optimizer, the rate a number of Python's."""

    def __init__(self):
        self.optimizer = type("Optimizer", (), {"learning_rate": LR})()


@pytest.mark.parametrize("arguments", KERAS, ids=str)
@pytest.mark.parametrize("metrics", METRICS.values(), ids=METRICS)
def test_kerass(arguments, metrics):
    callback = keras.callbacks.ReduceLROnPlateau(**arguments)
    callback.set_model(Model())
    callback.on_train_begin()
    theirs = []
    for epoch, metric in enumerate(metrics):
        callback.on_epoch_end(epoch, {"val_loss": metric})
        theirs.append(callback.model.optimizer.learning_rate)
    call = NativeCall(framework="tf", name=NAME, module="keras.callbacks", arguments=arguments)
    # Keras's optimizer would keep a rate in float32, which the number here is not
    assert replay(of_keras(call), LR, metrics) == pytest.approx(theirs, rel=1e-12)
    assert of_keras(to_keras(of_keras(call))) == of_keras(call)


def test_what_differs_is_said():
    torchs = of_torch(NativeCall(framework="torch", name=NAME, module="torch.optim.lr_scheduler", arguments={}))
    said = differences(torchs, of_keras(to_keras(torchs)))
    assert [sentence.split(":")[0] for sentence in said] == ["threshold", "eps", "the first metric"]
    assert to_keras(torchs).arguments["patience"] == 11
    assert differences(torchs, torchs) == []


def test_a_metric_of_an_unknown_direction_is_refused():
    arguments = {"monitor": "val_accuracy"}
    with pytest.raises(BadInput, match="write mode='min' or mode='max'"):
        of_keras(NativeCall(framework="tf", name=NAME, module="keras.callbacks", arguments=arguments))


CALLBACKS = {
    "lambda epoch: 0.1 * 0.95 ** epoch": lambda epoch: 0.1 * 0.95**epoch,
    "lambda e: 0.1 if e < 3 else 0.01": lambda e: 0.1 if e < 3 else 0.01,
    "lambda epoch, lr: lr * 0.9": lambda epoch, lr: lr * 0.9,
    "lambda epoch, lr: lr if epoch < 10 else lr * math.exp(-0.1)": (
        lambda epoch, lr: lr if epoch < 10 else lr * math.exp(-0.1)
    ),
    "lambda e, lr: lr if e <= 10 else lr * 0.9": lambda e, lr: lr if e <= 10 else lr * 0.9,
    "lambda e, lr: lr * 0.9 if e > 10 else lr": lambda e, lr: lr * 0.9 if e > 10 else lr,
    "lambda e, lr: lr * 0.9 if e >= 10 else lr": lambda e, lr: lr * 0.9 if e >= 10 else lr,
    "lambda e, lr: lr * 0.5 if e % 10 == 0 else lr": lambda e, lr: lr * 0.5 if e % 10 == 0 else lr,
    "lambda e, lr: lr * 0.5 if e % 10 == 0 and e else lr": lambda e, lr: lr * 0.5 if e % 10 == 0 and e else lr,
    "lambda e, lr: lr * 0.5 if e > 0 and e % 10 == 0 else lr": lambda e, lr: lr * 0.5 if e > 0 and e % 10 == 0 else lr,
    "lambda e, lr: 0.1 * 0.9 ** e": lambda e, lr: 0.1 * 0.9**e,
}


@pytest.mark.parametrize(("text", "function"), CALLBACKS.items(), ids=CALLBACKS)
def test_kerass_learning_rate_scheduler(text, function):
    callback = keras.callbacks.LearningRateScheduler(function)
    callback.set_model(Model())
    call = NativeCall(
        framework="tf", name="LearningRateScheduler", module="keras.callbacks", arguments={"schedule": Code(text)}
    )
    rate = of_callback(call, LR, per=7)
    for epoch in range(30):
        callback.on_epoch_begin(epoch)
        theirs = callback.model.optimizer.learning_rate
        assert [rate_at(rate, 7 * epoch), rate_at(rate, 7 * epoch + 6)] == pytest.approx([theirs, theirs], rel=1e-13)


UNKNOWN = [
    "lambda epoch, lr: lr + 1",
    "lambda epoch, lr: lr * 0.5 if epoch < 10 else lr",
    "lambda epoch, lr: lr if epoch > 10 else lr * 0.5",
    "lambda epoch, lr: lr * 0.5 if epoch % 10 == 1 else lr",
    "lambda epoch, lr: lr * 0.5 if epoch % 10 == 0 and epoch < 50 else lr",
    "lambda epoch, lr: lr if epoch % 10 == 0 else lr * 0.5",
    "lambda epoch, lr: lr * epoch",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_callback_of_an_unknown_function_is_refused(text):
    arguments = {"schedule": Code(text)}
    with pytest.raises(BadInput, match="no rule has this schedule"):
        of_callback(NativeCall(framework="tf", name="L", module="keras.callbacks", arguments=arguments), LR, 7)
