"""The bare form of a trace: one .npz that anybody can write, from any language, in a line of NumPy."""

from pathlib import Path

import numpy as np

from comparisons.inputs.npz import read_npz
from comparisons.names import BadInput
from comparisons.traces.trace import Array, Tensor, Trace

PARAMS, GRADS = "params/", "grads/"
SERIES = {"loss": np.float64, "learning_rate": np.float64, "batch": np.uint64}


def read_bare(path: Path) -> Trace:
    """The trace in a .npz of params/<name> (steps + 1, ...), grads/<name> (steps, ...) and, if they are there, loss,
    learning_rate and batch, each (steps,).

    Raises:
        BadInput: it is no .npz of plain numbers, an array is missing, or its shape does not go with the others.
    """
    arrays = read_npz(path)
    params = {name.removeprefix(PARAMS): array for name, array in arrays.items() if name.startswith(PARAMS)}
    grads = {name.removeprefix(GRADS): array for name, array in arrays.items() if name.startswith(GRADS)}
    if not params:
        raise BadInput(f"{path}: no array is called {PARAMS}<name>; a bare trace has params/<name> of (steps + 1, ...)")
    _check_numbers(path, arrays)
    if all(
        map(_of_float32, (*params.values(), *grads.values()))
    ):  # a list of Python's floats, or a file of C++'s doubles
        params, grads = ({name: array.astype(np.float32) for name, array in of.items()} for of in (params, grads))
    steps = len(next(iter(params.values()))) - 1
    for name, array in params.items():
        if len(array) != steps + 1 or steps < 1:
            raise BadInput(
                f"{path}: {PARAMS}{name} has {len(array)} entries where {max(steps, 1) + 1} are expected: "
                "the start and one after each of at least one step"
            )
    for name, array in grads.items():
        if name not in params:
            raise BadInput(f"{path}: {GRADS}{name} has no {PARAMS}{name}")
        if array.shape != (steps, *params[name].shape[1:]):
            raise BadInput(
                f"{path}: {GRADS}{name} has the shape {array.shape}; with {PARAMS}{name} it must have "
                f"{(steps, *params[name].shape[1:])}"
            )
    series = {name: _series(path, name, arrays[name], steps) for name in SERIES if name in arrays}
    return Trace(
        steps=np.arange(steps),
        tensors={
            name: Tensor(shape=array.shape[1:], before=array[:-1], after=array[1:], gradient=grads.get(name))
            for name, array in params.items()
        },
        loss=series.get("loss"),
        learning_rate=series.get("learning_rate"),
        batch=series.get("batch"),
        about={"form": "bare"},
    )


def _of_float32(array: Array) -> bool:
    """Whether all numbers of an array of float64 are float32's: those of a training in float32 that were written so."""
    with np.errstate(over="ignore"):
        narrow = array.astype(np.float32)
    return array.dtype == np.float64 and np.array_equal(narrow, array, equal_nan=True)


def _check_numbers(path: Path, arrays: dict[str, Array]) -> None:
    for name, array in arrays.items():
        if name.startswith((PARAMS, GRADS)) and (array.dtype.kind != "f" or array.itemsize > 8 or array.ndim < 1):
            raise BadInput(
                f"{path}: {name} has the dtype {array.dtype} and {array.ndim} axes; it must be floats of 64 bits at "
                "most, by steps"
            )


def _series(path: Path, name: str, array: Array, steps: int) -> Array:
    if array.shape != (steps,):
        raise BadInput(f"{path}: {name} has the shape {array.shape}; it must have ({steps},)")
    hashes = np.dtype(SERIES[name]).kind == "u"
    if array.dtype.kind not in ("ui" if hashes else "fui"):
        allowed = "hashes as uint64" if hashes else "real numbers"
        raise BadInput(f"{path}: {name} has the dtype {array.dtype}; it must be {allowed}")
    return array.astype(SERIES[name])
