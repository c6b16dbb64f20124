"""A real small training in float32: digits by a net of two layers, stepped by a framework's own optimizer."""

from collections.abc import Callable
from functools import cache

import numpy as np
from sklearn.datasets import load_digits

from comparisons.frameworks.call import NativeCall
from comparisons.traces.trace import Tensor, Trace

STEPS, HIDDEN, BATCH = 32, 16, 32
Arrays = dict[str, np.ndarray]
Step = Callable[[Arrays], Arrays]  # gradients to the parameters after


@cache
def digits():
    """Inputs (n, 64) about 0, and labels (n,)."""
    x, y = load_digits(return_X_y=True)
    return (x / 16 - 0.5).astype(np.float32), y


def trace_of(call: NativeCall, seed: int, matrices: bool = False, about: bool = True) -> Trace:
    """The training under the call, from the seed; of matrices only, for what moves no others."""
    rng = np.random.default_rng(seed)
    x, y = digits()
    theta = start(rng)
    if matrices:
        theta = {name: value for name, value in theta.items() if value.ndim == 2}
    step, before, after, met, losses = stepper(call, theta), [], [], [], []
    for _ in range(STEPS):
        rows = rng.integers(0, len(x), BATCH)
        loss, gradients = gradient(theta, x[rows], y[rows])
        before.append(theta)
        met.append(gradients)
        losses.append(loss)
        theta = step(gradients)
        after.append(theta)
    tensors = {
        name: Tensor(
            shape=value.shape,
            before=np.stack([one[name] for one in before]),
            after=np.stack([one[name] for one in after]),
            gradient=np.stack([one[name] for one in met]),
        )
        for name, value in theta.items()
    }
    return Trace(steps=np.arange(STEPS), tensors=tensors, loss=np.array(losses, float), about={"form": "bare"})


def start(rng: np.random.Generator) -> Arrays:
    shapes = {"w1": (64, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, 10), "b2": (10,)}
    return {
        name: (rng.normal(0, shape[0] ** -0.5, shape) if len(shape) > 1 else np.zeros(shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def gradient(theta: Arrays, x: np.ndarray, y: np.ndarray) -> tuple[float, Arrays]:
    """The mean cross-entropy and its gradients, by hand."""
    h = x @ theta["w1"] + theta.get("b1", np.float32(0))
    a = np.maximum(h, 0)
    z = a @ theta["w2"] + theta.get("b2", np.float32(0))
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    d = p.copy()
    d[rows, y] -= 1
    d /= np.float32(len(y))
    dh = (d @ theta["w2"].T) * (h > 0)
    found = {"w1": x.T @ dh, "b1": dh.sum(axis=0), "w2": a.T @ d, "b2": d.sum(axis=0)}
    losses = np.log(e.sum(axis=1)) - z[rows, y]  # finite where a probability is 0
    return float(losses.mean()), {name: found[name].astype(np.float32) for name in theta}


def stepper(call: NativeCall, theta: Arrays) -> Step:
    """The framework's own optimizer over the parameters."""
    return {"torch": _torch, "tf": _keras}[call.framework](call, theta)


def _torch(call: NativeCall, theta: Arrays) -> Step:
    import torch

    from torch_impl.native import build

    parameters = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in theta.items()}
    optimizer = build(call, parameters.values())

    def step(gradients: Arrays) -> Arrays:
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name])
        optimizer.step()
        return {name: parameter.detach().numpy().copy() for name, parameter in parameters.items()}

    return step


def _keras(call: NativeCall, theta: Arrays) -> Step:
    import tensorflow as tf

    from tf_impl.native import build

    variables = {name: tf.Variable(value, name=name) for name, value in theta.items()}
    optimizer = build(call, list(variables.values()))

    def step(gradients: Arrays) -> Arrays:
        optimizer.apply([tf.constant(gradients[name]) for name in variables], list(variables.values()))
        return {name: variable.numpy() for name, variable in variables.items()}

    return step
