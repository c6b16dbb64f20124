"""A training, and the same in which one thing is changed at a step: that it is no rounding, and which step it is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from comparisons.diff.ladder import compare
from comparisons.traces.trace import Tensor, Trace

STEPS, INPUTS, UNITS, CLASSES, SAMPLES = 24, 8, 16, 4, 16
SHAPES = {"w1": (INPUTS, UNITS), "b1": (UNITS,), "w2": (UNITS, CLASSES), "b2": (CLASSES,)}
RATES = {"sgd": 0.05, "adam": 0.003}


def one_more(x, y):
    return x, np.append((y[:1] + 1) % CLASSES, y[1:])


def silent(gradients, theta):
    """Without the first unit, as a mask or a dropout of it has it."""
    return {name: of * (np.arange(UNITS) > 0) if name in ("w1", "b1") else of for name, of in gradients.items()}


def clipped(gradients):
    norm = np.sqrt(sum(float(np.square(of).sum()) for of in gradients.values()))
    return {name: of * np.float32(0.9 / max(norm, 1e-30)) for name, of in gradients.items()}


def of_one(name, change):
    return lambda tensors, *_: tensors | {name: change(tensors[name])}


def of_all(change):
    return lambda tensors, *_: {name: change(of) for name, of in tensors.items()}


NOISE = np.random.default_rng(1).standard_normal(SHAPES["w2"])
# What is changed, where in an update, and how.
CHANGES: dict[str, tuple[str, Callable[..., Any]]] = {
    "the batch": ("batch", lambda x, y: (x[::-1] + 0.5, y)),
    "an input": ("batch", lambda x, y: (x + 0.1 * (np.arange(SAMPLES) == 0)[:, None], y)),
    "a label": ("batch", one_more),
    "a temperature": ("outputs", lambda outputs: 1.02 * outputs),
    "a unit's gradient": ("gradients", silent),
    "L2": ("gradients", lambda of, theta: {name: of[name] + 0.02 * theta[name] for name in of}),
    "the gradient": ("gradients", of_all(lambda of: 1.02 * of)),
    "one gradient": ("gradients", of_one("w1", lambda of: 1.02 * of)),
    "noise in one gradient": ("gradients", of_one("w2", lambda of: of * (1 + 0.02 * NOISE))),
    "a clip": ("used", clipped),
    "a clip of each": ("used", of_all(lambda of: np.clip(of, -0.9 * abs(of).max(), 0.9 * abs(of).max()))),
    "one used gradient": ("used", of_one("b2", lambda of: of * np.float32(1.1))),
    "the learning rate": ("steps", of_all(lambda of: 1.02 * of)),
    "the learning rate of one": ("steps", of_one("b1", lambda of: 1.02 * of)),
    "an update left out": ("steps", of_all(np.zeros_like)),
    "an update of one left out": ("steps", of_one("b1", np.zeros_like)),
    "an update made twice": ("steps", of_all(lambda of: 2 * of)),
    "a decay": ("steps", lambda steps, theta: {name: steps[name] + 1e-3 * theta[name] for name in steps}),
    "a decay of one": ("steps", lambda steps, theta: steps | {"w1": steps["w1"] + 1e-3 * theta["w1"]}),
    "state": ("state", of_all(np.zeros_like)),
    "the parameters": ("between", of_all(lambda of: of * np.float32(1.003))),
    "one number": ("between", of_one("b2", lambda of: of + np.float32(1e-3) * (np.arange(CLASSES) == 1))),
    "the loss": ("loss", lambda loss: 1.003 * loss),
}  # fmt: skip


def hashes(x, y):
    pairs = zip(x.astype(np.float32), y, strict=True)
    return np.array([hash((one.tobytes(), int(of))) % 2**60 for one, of in pairs], np.uint64)


def stepped(optimizer, k, first, second, used):
    """What the optimizer remembers after update k, and its steps."""
    if optimizer == "sgd":
        first = {name: np.float32(0.9) * of + used[name] for name, of in first.items()}
        return first, second, {name: RATES["sgd"] * of for name, of in first.items()}
    first = {name: 0.9 * of + 0.1 * used[name] for name, of in first.items()}
    second = {name: 0.999 * of + 0.001 * np.square(used[name]) for name, of in second.items()}
    means = {name: of / (1 - 0.9 ** (k + 1)) for name, of in first.items()}
    sizes = {name: np.sqrt(of / (1 - 0.999 ** (k + 1))) for name, of in second.items()}
    return first, second, {name: RATES["adam"] * of / (sizes[name] + 1e-8) for name, of in means.items()}


def trained(seed, optimizer, unit, change=None, at=0, dtype=np.float32, kinds=("gradient",), samples=SAMPLES, size=0.3):
    """A trace of a net with a hidden layer, computed in a dtype: in another one it is rounded otherwise.

    Args:
        unit: "relu" or "tanh". change: one of CHANGES, made at step `at` only. samples: of a batch.
        size: of the first weights.
    """
    rng = np.random.default_rng(seed)
    x_all, y_all = rng.standard_normal((STEPS, samples, INPUTS)), rng.integers(CLASSES, size=(STEPS, samples))
    theta = {name: (size * rng.standard_normal(shape)).astype(np.float32) for name, shape in SHAPES.items()}
    first, second = ({name: np.zeros_like(of) for name, of in theta.items()} for _ in range(2))
    path, losses, batches = {name: ([], [], []) for name in theta}, [], []
    for k, (x, y) in enumerate(zip(x_all.astype(np.float32), y_all, strict=True)):
        place, how = CHANGES[change] if change is not None and k == at else ("", None)
        x, y = how(x, y) if place == "batch" else (x, y)
        batches.append(hashes(x, y))
        x, wide = x.astype(dtype), {name: of.astype(dtype) for name, of in theta.items()}
        before = x @ wide["w1"] + wide["b1"]
        hidden = np.maximum(before, 0) if unit == "relu" else np.tanh(before)
        outputs = hidden @ wide["w2"] + wide["b2"]
        outputs = how(outputs) if place == "outputs" else outputs
        shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        loss = -float(np.log(np.maximum(shares[np.arange(samples), y], 1e-30)).mean())
        losses.append(how(loss) if place == "loss" else loss)
        back = (shares - np.eye(CLASSES)[y]) / samples
        below = back @ wide["w2"].T * ((before > 0) if unit == "relu" else 1 - hidden**2)
        gradients = {"w1": x.T @ below, "b1": below.sum(axis=0), "w2": hidden.T @ back, "b2": back.sum(axis=0)}
        gradients = how(gradients, theta) if place == "gradients" else gradients
        gradients = {name: of.astype(np.float32) for name, of in gradients.items()}
        used = how(gradients) if place == "used" else gradients
        first, second = (how(first), how(second)) if place == "state" else (first, second)
        first, second, steps = stepped(optimizer, k, first, second, used)
        steps = how(steps, theta) if place == "steps" else steps
        after = {name: (of - steps[name]).astype(np.float32) for name, of in theta.items()}
        for name, values in path.items():
            for of, one in zip(values, (theta[name], after[name], gradients[name]), strict=True):
                of.append(one)
        theta = how(after) if place == "between" else after
    tensors = {
        name: Tensor(
            shape=SHAPES[name],
            before=np.stack(before),
            after=np.stack(after),
            gradient=np.stack(gradient) if "gradient" in kinds else None,
        )
        for name, (before, after, gradient) in path.items()
    }
    return Trace(steps=np.arange(STEPS), tensors=tensors, loss=np.array(losses), samples=tuple(batches))


SEEDS = [0, *[pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 8)]]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("unit", ["relu", "tanh"])
@pytest.mark.parametrize("optimizer", RATES)
@pytest.mark.parametrize("kinds", [("gradient",), ()], ids=["gradients", "none"])
@pytest.mark.parametrize("samples", [2, SAMPLES])
def test_rounding_is_rounding(seed, unit, optimizer, kinds, samples):
    one, other = (
        trained(seed, optimizer, unit, dtype=dtype, kinds=kinds, samples=samples) for dtype in (np.float32, np.float64)
    )
    assert compare(one, other).verdict == "rounding"


@pytest.mark.parametrize("seed", range(30))
def test_so_it_is_where_samples_are_nearly_certain(seed):
    """Of single samples, whose gradients are p - 1 where p is nearly 1."""
    one, other = (trained(seed, "sgd", "relu", dtype=dtype, samples=1, size=1.0) for dtype in (np.float32, np.float64))
    assert compare(one, other).verdict == "rounding"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("unit", ["relu", "tanh"])
@pytest.mark.parametrize("optimizer", RATES)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_at_one_step_is_where_they_part(change, optimizer, unit, seed):
    at = int(np.random.default_rng(seed).integers(1, STEPS - 2))
    one, other = trained(seed, optimizer, unit), trained(seed, optimizer, unit, change, at, np.float64)
    for found in (compare(one, other), compare(other, one)):
        assert found.verdict == "different"
        assert found.first_break.step == at


@pytest.mark.parametrize("change", ["an update left out", "an update made twice", "the batch", "a label", "the loss"])
@pytest.mark.parametrize("optimizer", RATES)
def test_without_gradients_too(change, optimizer):
    one = trained(0, optimizer, "relu", kinds=())
    found = compare(one, trained(0, optimizer, "relu", change, 5, np.float64, kinds=()))
    assert (found.verdict, found.first_break.step) == ("different", 5)


def test_an_update_after_gradients_that_were_rounding_is_compared():
    """No element had the same gradient at all steps, so that no update was judged from there on."""
    one, other = (trained(0, "sgd", "tanh", *of, samples=1) for of in ((), ("an update made twice", 20, np.float64)))
    for trace, seed in ((one, 1), (other, 2)):
        for name, tensor in trace.tensors.items():
            tensor.gradient[3] = 1e-9 * np.random.default_rng(seed).standard_normal(SHAPES[name])
    first = compare(one, other).first_break
    assert (first.rung, first.step, first.number, first.certain) == ("update", 20, pytest.approx(2, rel=1e-3), False)
    assert "B's is 2 times A's. Likely: another learning rate; the gradients are the same there, and were" in first.says
