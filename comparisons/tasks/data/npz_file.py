"""Samples from a file in the layout of Keras's mnist.npz: arrays x_train, y_train, x_test, y_test."""

from pathlib import Path

import numpy as np

from comparisons.inputs.memory import check_memory
from comparisons.inputs.npz import read_npz
from comparisons.names import BadInput
from comparisons.tasks.checks import LARGEST
from comparisons.tasks.data.samples import FLOAT, Samples, one_hot
from comparisons.tasks.sources import NpzFile
from comparisons.tasks.streams import Array

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def read(file: NpzFile) -> Samples:
    """The file's samples, each flattened to one row: uint8 inputs over 255, integer labels one-hot, the rest as it is.

    Raises:
        BadInput: the file cannot be read, or an array is missing, misshapen or not all finite numbers.
    """
    path, arrays = file.path, _arrays(file.path)
    for part in ("train", "test"):
        have, need = len(arrays[f"y_{part}"]), len(arrays[f"x_{part}"])
        if have != need:
            raise BadInput(f"{path}: x_{part} has {need} samples and y_{part} has {have}; give as many of each")
    inputs, test_inputs = _inputs(arrays["x_train"]), _inputs(arrays["x_test"])
    targets, test_targets = _targets(path, arrays["y_train"], arrays["y_test"])
    for name, train, test in (("x", inputs, test_inputs), ("y", targets, test_targets)):
        if train.shape[1] != test.shape[1]:
            raise BadInput(
                f"{path}: {name}_train has {train.shape[1]} numbers a sample and {name}_test has {test.shape[1]}; "
                "give both as many"
            )
    return Samples(inputs=inputs, targets=targets, test_inputs=test_inputs, test_targets=test_targets)


def _arrays(path: str) -> dict[str, Array]:
    """The four arrays: at least one sample each, of finite numbers."""
    arrays = read_npz(Path(path), ARRAYS, "give the path of an npz file")
    for name in ARRAYS:
        _check(f"{path}: {name}", arrays[name])
    count = sum(array.size for array in arrays.values())
    check_memory(f"{path}: {count} numbers", FLOAT * count, "give fewer samples")
    return arrays


def _check(what: str, array: Array) -> None:
    if array.dtype.kind not in "iuf":
        raise BadInput(f"{what} is of {array.dtype}; it must be of integers or floating-point numbers")
    if array.ndim == 0 or not array.size:
        raise BadInput(f"{what} has shape {array.shape}; it must hold at least one sample, samples first")
    if array.dtype.kind == "f":
        bad = np.argwhere(~(np.abs(array) <= LARGEST))
        if len(bad):
            place = ", ".join(str(number) for number in bad[0])
            value = array[tuple(bad[0])]
            raise BadInput(f"{what}[{place}] is {value}; it must be a finite number that float32 can hold")


def _inputs(array: Array) -> Array:
    return _flat(array) / 255 if array.dtype == np.uint8 else _flat(array)


def _targets(path: str, train: Array, test: Array) -> tuple[Array, Array]:
    """Integers, (n,) or (n, 1), to one-hot rows of as many classes in both; floating-point numbers to (n, k)."""
    if (train.dtype.kind == "f") != (test.dtype.kind == "f"):
        raise BadInput(
            f"{path}: y_train is of {train.dtype} and y_test of {test.dtype}; "
            "give both as integers (classes) or both as floating-point numbers"
        )
    if train.dtype.kind == "f":
        return _flat(train), _flat(test)
    for name, labels in (("y_train", train), ("y_test", test)):
        if labels.shape not in ((len(labels),), (len(labels), 1)):
            raise BadInput(
                f"{path}: {name} has shape {labels.shape}; class labels have shape (samples,) or (samples, 1), "
                "numbers to learn are floating-point"
            )
    rows = one_hot(f"{path}: y_train", np.concatenate([train.ravel(), test.ravel()]))
    return rows[: len(train)], rows[len(train) :]


def _flat(array: Array) -> Array:
    """(n, ...) to (n, d), float64."""
    return np.asarray(array.reshape(len(array), -1), np.float64)
