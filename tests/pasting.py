"""Whole trainings' code, pasted and run: each parameter is moved by given gradients, one after the other."""

import linecache
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch

SHAPES = {"dense/kernel": (4, 3), "dense/bias": (3,), "norm/gamma": (3,), "norm/beta": (3,), "head/kernel": (3, 2)}
TORCH_NAMES = {"dense/kernel": "dense.weight", "dense/bias": "dense.bias", "norm/gamma": "norm.weight",
               "norm/beta": "norm.bias", "head/kernel": "head.weight"}  # fmt: skip
RNG = np.random.default_rng(0)
START = {name: RNG.standard_normal(shape) for name, shape in SHAPES.items()}
BATCHES = 24  # micro-batches: of 2, 3 and 4 they make whole updates
GRADIENTS = {name: RNG.standard_normal((BATCHES, *shape)) for name, shape in SHAPES.items()}
FLAT = np.stack([np.concatenate([GRADIENTS[name][i].ravel() for name in SHAPES]) for i in range(BATCHES)])


class TorchModel(torch.nn.Module):
    """All parameters as one row."""

    def __init__(self) -> None:
        super().__init__()
        for name, array in START.items():
            part, _, word = TORCH_NAMES[name].partition(".")
            if not hasattr(self, part):
                setattr(self, part, torch.nn.Module())
            getattr(self, part).register_parameter(word, torch.nn.Parameter(torch.tensor(array)))

    def forward(self, _: Any) -> torch.Tensor:
        named = dict(self.named_parameters())
        return torch.cat([named[TORCH_NAMES[name]].reshape(-1) for name in SHAPES])


class Part(keras.layers.Layer):
    """The parameters of a layer."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        for path, array in START.items():
            if path.startswith(f"{name}/"):
                self.add_weight(
                    name=path.partition("/")[2],
                    shape=array.shape,
                    initializer=lambda *_, a=array, **__: tf.constant(a, "float32"),
                )


class KerasModel(keras.Model):
    """All parameters as one row."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [Part(name) for name in dict.fromkeys(path.partition("/")[0] for path in SHAPES)]

        self.built = True

    def call(self, x: Any, training: bool = False) -> tf.Tensor:
        row = tf.concat([tf.reshape(v, [-1]) for v in self.trainable_variables], 0)
        return row[None] + 0.0 * tf.cast(tf.reshape(x, [-1, 1]), row.dtype)


def run(code: str, scope: dict[str, Any]) -> None:
    """As a script: TensorFlow looks at the text of what it traces."""
    file = f"<pasted {len(linecache.cache)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`shuffle=True` was passed")  # by `fit` itself, over a data set
        exec(compile(code, file, "exec"), scope)


def pasted_in_torch(code: str, averaged: bool, more: Mapping[str, Any] = {}) -> dict[str, np.ndarray]:
    """Name to what the parameters are, or their average where that is what is kept."""
    model = TorchModel()
    batches = [(i, torch.tensor(FLAT[i])) for i in range(BATCHES)]
    scope = {"model": model, "batches": batches, "loss_fn": lambda output, y: (output * y).sum(), **more}
    run(code, scope)
    kept = scope["averaged"] if averaged else model
    named = dict(getattr(kept, "module", kept).named_parameters())
    missing = scope.get("missing", 0.0)
    return {name: named[TORCH_NAMES[name]].detach().numpy() / (1 - missing) for name in SHAPES}


def pasted_in_keras(code: str, averaged: bool, more: Mapping[str, Any] = {}) -> dict[str, np.ndarray]:
    """The same."""
    model = KerasModel()
    model(tf.zeros([1]))
    rows = tf.data.Dataset.from_tensor_slices((np.arange(BATCHES, dtype="float32"), FLAT.astype("float32"))).batch(1)
    scope = {"model": model, "batches": rows, "loss_fn": lambda y, output: tf.reduce_sum(output * y), **more}
    run(code, scope)
    return {name: v.numpy() for name, v in zip(SHAPES, model.trainable_variables, strict=True)}


def pasted_in_numpy(code: str, averaged: bool, more: Mapping[str, Any] = {}) -> dict[str, np.ndarray]:
    """The same, of the float64 reference."""
    batches = [(i, None) for i in range(BATCHES)]
    tensors = {name: array.copy() for name, array in START.items()}
    gradients = {"gradients_of": lambda values, x, y: {name: GRADIENTS[name][x] for name in SHAPES}}
    scope = {"tensors": tensors, "batches": batches, **gradients, **more}
    run(code, scope)
    return scope["averages"] if averaged else scope["parameters"].values
