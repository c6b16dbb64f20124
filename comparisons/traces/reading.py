"""A trace out of its files: a recorder's folder, or the bare form."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from comparisons.inputs import files
from comparisons.inputs.npz import read_npz
from comparisons.inputs.text import visible
from comparisons.names import SCHEMA, BadInput
from comparisons.traces.bare import read_bare
from comparisons.traces.rounding import is_float
from comparisons.traces.trace import Array, Tensor, Trace
from comparisons.traces.writing import BUFFER, HEAD, SAMPLES

VALUES = ("before", "after", "gradient", "used")
# What an array of no tensor has of each update, and the kinds of its dtype; rates and momenta are of any groups.
ROWS: dict[str, tuple[tuple[int, ...], str]] = {
    "loss": ((), "fiu"),
    "inputs": ((2,), "fiu"),
    "batch": ((), "iu"),
    "passes": ((), "iu"),
    "samples_sizes": ((), "iu"),
    "labels_sizes": ((), "iu"),
}
HASHES = ("samples", "labels")
LIMIT = 256 * files.MIB  # of trace.json
USED = ("used/", "norm/used/", "sum/used/")
Arrays = dict[str, Array]


def read_trace(path: Path) -> Trace:
    """The trace in a folder that a recorder wrote, or in a .npz of the bare form.

    Raises:
        BadInput: there is none, or it is not whole: what is wrong, and where.
    """
    if not _is_folder(path):
        return read_bare(path)
    head = _head(path / HEAD)
    told = head["tensors"] | {f"{BUFFER}{name}": one for name, one in head["buffers"].items()}
    sampled = {name: one for name, one in told.items() if one["sampled"]}
    places = _samples(path / SAMPLES, sampled) if sampled else {}
    kept = {name: _kept(one, places.get(name)) for name, one in told.items()}
    chunks = [_chunk(path / chunk["file"], chunk["updates"], kept) for chunk in head["chunks"]]
    if not chunks:
        if (ended := head.get("ended")) is not None:
            raise BadInput(f"{path}: no update is in it: the recorder ended with '{visible(str(ended))}'; record one")
        raise BadInput(
            f"{path}: no update is in it yet; the recorder writes 16 at a time, and the rest when it is closed"
        )
    arrays = _joined(path, chunks)
    if (np.diff(arrays["steps"]) <= 0).any():
        raise BadInput(f"{path}: the numbers of its updates do not rise")
    return _trace(head, places, arrays)


def _is_folder(path: Path) -> bool:
    """Whether it is one; of what cannot be looked at, opening it says why."""
    with suppress(OSError):
        return path.is_dir()
    return False


def _head(path: Path) -> dict[str, Any]:
    """What trace.json says, of the form that it must have."""
    try:
        head = json.loads(files.text(path, LIMIT))
    except FileNotFoundError:
        raise BadInput(f"{path.parent}: is no trace: it has no {HEAD}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no JSON: {str(error).splitlines()[0]}") from error
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        found = head.get("schema") if isinstance(head, dict) else None
        raise BadInput(f"{path}: its schema is {found}; this version reads schema {SCHEMA}")
    tensors, buffers, chunks, about = (head.get(key) for key in ("tensors", "buffers", "chunks", "about"))
    for key, given in (("tensors", tensors), ("buffers", buffers)):
        if not (isinstance(given, dict) and all(map(_is_tensor, given.values()))):
            raise BadInput(f"{path}: '{key}' must give a shape, a dtype and 'sampled' for each by name")
    if not tensors:
        raise BadInput(f"{path}: 'tensors' is empty; a trace is of one parameter at least")
    for name, given in tensors.items():
        if not is_float(given["dtype"]):
            raise BadInput(f"{path}: {visible(name)} has the dtype {visible(given['dtype'])}; it must be one of floats")
    if not (isinstance(chunks, list) and all(map(_is_chunk, chunks))):
        raise BadInput(f"{path}: 'chunks' must be a list of a file, chunk-NNNN.npz, and how many updates are in it")
    if not isinstance(about, dict):
        raise BadInput(f"{path}: 'about' must be an object")
    return head


def _is_tensor(given: Any) -> bool:
    return (
        isinstance(given, dict)
        and isinstance(given.get("shape"), list)
        and all(type(length) is int and length >= 0 for length in given["shape"])
        and isinstance(given.get("dtype"), str)
        and type(given.get("sampled")) is bool
    )


def _is_chunk(given: Any) -> bool:
    return (
        isinstance(given, dict)
        and re.fullmatch(r"chunk-\d{4,}\.npz", str(given.get("file"))) is not None
        and type(given.get("updates")) is int
        and given["updates"] >= 1
    )


def _samples(path: Path, sampled: Mapping[str, Any]) -> Arrays:
    """Where the recorded elements of the sampled tensors are, by name."""
    found = read_npz(path)
    places = {}
    for name, tensor in sampled.items():
        if (positions := found.get(f"sample/{name}")) is None:
            raise BadInput(f"{path}: has no sample/{visible(name)}, of which only a sample is recorded")
        size = int(np.prod([int(length) for length in tensor["shape"]], dtype=object))
        if (
            positions.dtype.kind != "i"
            or positions.ndim != 1
            or not len(positions)
            or positions[0] < 0
            or positions[-1] >= size
            or (np.diff(positions) <= 0).any()
        ):
            raise BadInput(f"{path}: sample/{visible(name)} must be places in a tensor of {size} elements, rising")
        places[name] = positions
    return places


def _kept(tensor: Mapping[str, Any], places: Array | None) -> tuple[int, ...]:
    """The shape of what is recorded of a tensor at one update."""
    return tuple(tensor["shape"]) if places is None else (len(places),)


def _chunk(path: Path, updates: int, kept: Mapping[str, tuple[int, ...]]) -> Arrays:
    """The arrays of a chunk, each of as many updates as it is to have; those that it must have are there."""
    arrays = read_npz(path)
    for name, shape in kept.items():
        for key in [name] if name.startswith(BUFFER) else [f"{kind}/{name}" for kind in VALUES]:
            array = arrays.get(key)
            if array is None and key.startswith(("before/", "after/")):
                raise BadInput(f"{path}: has no {visible(key)}")
            kinds = "fiu" if key == name else "f"  # a buffer may count
            if array is not None and not _is_of(array, (updates, *shape), kinds):
                raise BadInput(
                    f"{path}: {visible(key)} has the shape {array.shape} and the dtype {array.dtype}; "
                    f"it must be floats of {(updates, *shape)}"
                )
    if "steps" not in arrays or arrays["steps"].shape != (updates,) or arrays["steps"].dtype.kind not in "iu":
        raise BadInput(f"{path}: 'steps' must be there, as {updates} whole numbers")
    arrays["steps"] = arrays["steps"].astype(np.int64)  # which may be subtracted
    for name, array in arrays.items():
        if not _is_known(name, array, updates):
            raise BadInput(
                f"{path}: {visible(name)} has the shape {array.shape} and the dtype {array.dtype}; "
                f"it must be {_form(name, updates)}"
            )
    for name in HASHES:
        sizes = arrays.get(f"{name}_sizes", np.zeros(0, np.int64))
        if name in arrays and ((sizes < 0).any() or sizes.sum() != arrays[name].size):
            raise BadInput(f"{path}: {name} does not have as many hashes as {name}_sizes says")
    return arrays


def _is_of(array: Array, shape: tuple[int, ...], kinds: str) -> bool:
    """Whether it has this shape, and numbers of these kinds of 64 bits at most."""
    return array.shape == shape and array.dtype.kind in kinds and array.itemsize <= 8


def _form(name: str, updates: int) -> str:
    """What `_is_known` holds an array to, in words."""
    if name in HASHES:
        return "whole numbers of (all samples,)"
    if name in ROWS:
        shape, kinds = ROWS[name]
        return f"{'numbers' if 'f' in kinds else 'whole numbers'} of {(updates, *shape)}"
    return f"numbers of ({updates}, ...)"


def _is_known(name: str, array: Array, updates: int) -> bool:
    """Whether an array is of so many updates, and of the form that its name has."""
    if name in HASHES:
        return _is_of(array, (array.size,), "iu")
    if name in ROWS:
        shape, kinds = ROWS[name]
        return _is_of(array, (updates, *shape), kinds)
    empty = "/" not in name and not array.size
    return array.ndim > 0 and not empty and _is_of(array, (updates, *array.shape[1:]), "fiu")


def _joined(path: Path, chunks: list[Arrays]) -> Arrays:
    """The arrays of all chunks one after the other. Where one has none: `used` is `gradient`, all else is NaN."""
    joined = {}
    for key in dict.fromkeys(key for chunk in chunks for key in chunk):
        like = next(chunk[key] for chunk in chunks if key in chunk)
        try:
            joined[key] = np.concatenate([_part(chunk, key, like) for chunk in chunks])
        except ValueError as error:
            raise BadInput(f"{path}: {key} has other shapes in other chunks") from error
    return joined


def _part(chunk: Arrays, key: str, like: Array) -> Array:
    if key in chunk:
        return chunk[key]
    if key.startswith(USED) and (raw := chunk.get(key.replace("used/", "gradient/", 1))) is not None:
        return raw
    if key in HASHES:
        return np.zeros(0, np.uint64)
    updates = len(chunk["steps"])
    if like.dtype.kind != "f":  # hashes, and how many there are
        return np.zeros((updates, *like.shape[1:]), like.dtype)
    return np.full((updates, *like.shape[1:]), np.nan, like.dtype)


def _trace(head: Mapping[str, Any], places: Arrays, arrays: Arrays) -> Trace:
    rates, momenta = arrays.get("learning_rate"), arrays.get("momentum")
    return Trace(
        steps=arrays["steps"],
        tensors={name: _tensor(name, said, places.get(name), arrays) for name, said in head["tensors"].items()},
        loss=arrays.get("loss"),
        learning_rate=None if rates is None else rates.reshape(len(rates), -1)[:, 0],
        group_rates=None if rates is None else rates.reshape(len(rates), -1),
        momentum=None if momenta is None else momenta.reshape(len(momenta), -1)[:, 0],
        batch=arrays.get("batch"),
        samples=_split(arrays, "samples"),
        labels=_split(arrays, "labels"),
        inputs=arrays.get("inputs"),
        passes=arrays.get("passes"),
        buffers=_under(BUFFER, arrays),
        buffer_samples=_under(BUFFER, places),
        buffer_shapes={name: tuple(said["shape"]) for name, said in head["buffers"].items() if said["sampled"]},
        about={
            "form": "recorded",
            **head["about"],
            "dtypes": {name: said["dtype"] for name, said in head["tensors"].items()},
            **{key: head.get(key) for key in ("seed", "elements", "ended")},
        },
    )


def _tensor(name: str, said: Mapping[str, Any], places: Array | None, arrays: Arrays) -> Tensor:
    values = {kind: arrays.get(f"{kind}/{name}") for kind in VALUES}
    states = (key.split("/", 2) for key in arrays if key.startswith("state/"))
    return Tensor(
        shape=tuple(said["shape"]),
        sample=places,
        before=arrays[f"before/{name}"],
        after=arrays[f"after/{name}"],
        gradient=values["gradient"],
        used=values["used"],
        norms={kind: arrays[key] for kind in VALUES if (key := f"norm/{kind}/{name}") in arrays},
        sums={kind: arrays[key] for kind in VALUES if (key := f"sum/{kind}/{name}") in arrays},
        state={key[1]: arrays["/".join(key)] for key in states if len(key) == 3 and key[2] == name},
    )


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _split(arrays: Arrays, kind: str) -> tuple[Array, ...] | None:
    """The hashes of each update."""
    if kind not in arrays:
        return None
    return tuple(np.split(arrays[kind], np.cumsum(arrays[f"{kind}_sizes"])[:-1]))
