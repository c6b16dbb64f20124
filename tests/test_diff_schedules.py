"""`triptych diff` and `identify` where rates go by step: micro-batches that a schedule counts, groups, clips."""

import keras
import numpy as np
import pytest
import torch
from torch import nn

import tf_impl
import torch_impl
from comparisons.diff.ladder import compare
from comparisons.identify.calls import calls_of
from comparisons.identify.clipping import within
from comparisons.identify.found import Found, Identified
from comparisons.identify.identify import identify
from comparisons.identify.words import sentences
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipNorm, ClipValue, CosineDecay, PolynomialDecay, Sequential
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor

STEPS, COUNT, BATCH = 16, 2, 16
RNG = np.random.default_rng(0)
X = RNG.standard_normal((STEPS * COUNT, BATCH, 6)).astype(np.float32)
Y = RNG.integers(0, 3, (STEPS * COUNT, BATCH))
COSINE = keras.optimizers.schedules.CosineDecay(0.01, 60)


def in_torch(folder, *, decay=0.0):
    """Two batches an update, and a schedule that counts updates; no decay of biases, if there is one."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    start = [theta.detach().numpy().T.copy() for theta in model.parameters()]
    matrices, vectors = ([theta for theta in model.parameters() if theta.ndim == n] for n in (2, 1))
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.01, eps=1e-7)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
    recorder = torch_impl.Recorder(folder, optimizer, model)
    for update in range(STEPS):
        optimizer.zero_grad()
        for x, y in zip(X[COUNT * update :][:COUNT], Y[COUNT * update :][:COUNT], strict=True):
            loss = nn.functional.cross_entropy(model(torch.tensor(x)), torch.tensor(y))
            (loss / COUNT).backward()
            recorder.batch(x, y)
            recorder.loss(loss)
        optimizer.step()
        schedule.step()
    recorder.close()
    return read_trace(folder), start


def in_keras(folder, start, *, decay=None, clip=None):
    """The same by Keras's own accumulation, whose schedule counts micro-batches."""
    model = keras.Sequential([
        keras.Input((6,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3)
    ])  # fmt: skip
    model.set_weights(start)
    made = keras.optimizers.AdamW if decay else keras.optimizers.Adam
    optimizer = made(COSINE, weight_decay=decay, gradient_accumulation_steps=COUNT, global_clipnorm=clip)
    if decay:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    recorder = tf_impl.Recorder(folder)
    model.fit(X.reshape(-1, 6), Y.ravel(), batch_size=BATCH, shuffle=False, verbose=0, callbacks=[recorder])
    return read_trace(folder)


@pytest.mark.parametrize("decay", [0.0, 0.1], ids=["one rule", "two groups"])
def test_a_schedule_of_keras_that_counts_micro_batches_is_named(decay, tmp_path):
    a, start = in_torch(tmp_path / "a", decay=decay)
    b = in_keras(tmp_path / "b", start, decay=decay)
    first, turned = compare(a, b).first_break, compare(b, a).first_break
    assert (first.cause, first.number, first.step, first.certain) == ("schedule by micro-batches", 2, 0, True)
    assert "B's schedule takes 2 steps an update, as one of Keras's that counts micro-batches." in first.says
    assert (turned.cause, turned.number) == ("schedule by micro-batches", 0.5)


@pytest.mark.full  # each 8 s
@pytest.mark.parametrize("decay", [0.0, 0.1], ids=["one rule", "two groups"])
def test_rates_of_groups_are_named_before_what_does_less(decay, tmp_path):
    """They were a schedule in one side and its largest rate in the other, after the place of epsilon."""
    a, start = in_torch(tmp_path / "a", decay=decay)
    found = compare(a, in_keras(tmp_path / "b", start, decay=decay), by_rules=True)
    assert [one.cause for one in found.breaks] == ["schedule by micro-batches", "place of epsilon"]


@pytest.mark.parametrize("clip", [0.1, 100.0], ids=["felt", "not felt"])
def test_a_clip_of_keras_is_no_reason_why_the_rule_is_not_the_scripts(clip, tmp_path):
    """The gradients that are recorded come after it."""
    trace = in_keras(tmp_path / "t", in_torch(tmp_path / "a")[1], clip=clip)
    assert any(one.used is not None for one in trace.tensors.values()) == (clip == 0.1)
    code = f"keras.optimizers.Adam(global_clipnorm={clip})"
    [said] = (one for one in sentences(identify(trace), trace.about) if "the script says" in one)
    assert said == f"It is what the script says, but for the rate that a schedule sets: `{code}`."


MET = {"a": np.array([[0.6, 0.0], [0.0, -0.3]]), "b": np.array([[0.8], [0.0]])}  # two steps; a norm of 1 at the first
LIMITS = {
    "a value that is met": (ClipValue(limit=0.8), True),
    "a value that is not": (ClipValue(limit=0.7), False),
    "a norm of each that is met": (ClipNorm(limit=0.8, formula="exact"), True),
    "a norm of each that is not": (ClipNorm(limit=0.7, formula="exact"), False),
    "a norm of all that is met": (ClipGlobalNorm(limit=1.0, formula="exact"), True),
    "a norm of all that is not": (ClipGlobalNorm(limit=0.9, formula="exact"), False),
}


@pytest.mark.parametrize(("clip", "met"), LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("kind", ["gradient", "used"])
def test_what_the_optimizer_got_is_within_a_clip_or_not(kind, clip, met):
    zeros = {name: np.zeros_like(one) for name, one in MET.items()}
    led = {
        name: Tensor(shape=one.shape[1:], before=zeros[name], after=zeros[name], **{"gradient": 9 * one, kind: one})
        for name, one in MET.items()
    }
    assert within(clip, led, 2) == met


WARMED = Sequential(
    pieces=(PolynomialDecay(initial=1e-4, over=9, final=1e-3), CosineDecay(initial=1e-3, over=90)), at=(10.0,)
)


def test_a_schedule_that_is_a_class_to_be_written_is_no_call():
    """It was written.Rate(text=...), which nobody can paste."""
    numbers = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "epsilon_position": "uncorrected-root"}
    rule = Adam(learning_rate=WARMED, **numbers)
    calls = calls_of(rule)
    assert calls["tf"] is None
    found = Identified(found=(Found(tensors=("w",), rule=rule, ulp=1.0, calls=calls, ranges={}),), steps=32)
    said = next(sentences(found, {"framework": "tf"}))
    assert "learning rate Sequential(pieces=(PolynomialDecay(" in said
    assert "one of Keras but for its schedule, for which a class is to be written" in said


RATES = {
    "one": ([0.1], True),
    "of two fits": ([0.1, 0.1 + 1e-9], True),
    "two": ([0.1, 0.2], False),
    "a schedule": ([CosineDecay(initial=0.1, over=10)] * 2, True),
    "a schedule beside a number": ([CosineDecay(initial=0.1, over=10), 0.1], False),
    "none": ([], False),
}


@pytest.mark.parametrize(("rates", "one"), RATES.values(), ids=RATES)
def test_groups_have_one_rate_or_not(rates, one):
    found = [
        Found(tensors=(str(i),), rule=SGD(learning_rate=rate), ulp=1.0, calls={}, ranges={})
        for i, rate in enumerate(rates)
    ]
    assert Identified(found=tuple(found)).one_rate == one
