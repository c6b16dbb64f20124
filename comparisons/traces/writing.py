"""The files of a trace: trace.json and chunks of arrays, written while the training goes on.

Each file is written under another name and renamed, and trace.json, which lists the chunks, comes last. So a process
that is killed leaves a trace that can be read, up to its last whole chunk.
"""

import atexit
import json
import math
import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from comparisons.names import SCHEMA, BadInput
from comparisons.rules.ranges import POSITIVE, Range, check_number
from comparisons.traces.hashing import batch_hash
from comparisons.traces.rounding import is_float
from comparisons.traces.sampling import sample
from comparisons.traces.trace import Array

HEAD, SAMPLES = "trace.json", "samples.npz"
BUFFER = "buffer/"
CHUNK = 16  # updates
OF_AN_ARRAY = 512  # bytes that a .npz spends on an array beside its numbers and its name, at most
CLOSED = "closed"  # how a recording ends that nothing cut short
OF_A_CHUNK = 4096  # bytes that it spends on the arrays that are of no tensor, at most
OF_AN_ENTRY = 128  # bytes that trace.json spends on a chunk, at most
ARRAYS = 6  # of a tensor, as a guess before the first update: before, after, two gradients, two states
COUNT = Range(ge=1, integer=True)
# What a Recorder's numbers may be; a seed is one of RandomState's.
ALLOWED = {
    "steps": COUNT,
    "every": COUNT,
    "elements": COUNT,
    "seed": Range(ge=0, lt=2**32, integer=True),
    "limit_mb": POSITIVE,
}

# By their folders, those that may still write: two in one would mix their chunks.
_WRITING: "WeakValueDictionary[Path, Writer]" = WeakValueDictionary()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is recorded.

    Attributes:
        steps: so many updates from the first on, then every `every`-th.
        elements: of a tensor with more only a sample of at most so many.
        seed: which ones.
        limit_mb: MiB that the folder never exceeds.
    """

    steps: int = 32
    every: int = 100
    elements: int = 4096
    seed: int = 0
    limit_mb: float = 64

    def __post_init__(self) -> None:
        for name, allowed in ALLOWED.items():
            object.__setattr__(self, name, check_number("Recorder", name, getattr(self, name), allowed))

    def wanted(self, step: int) -> bool:
        """Whether this update is recorded, counted from 0."""
        return step < self.steps or step % self.every == 0


def folder_of(given: str | Path) -> Path:
    """The folder that a Recorder is given.

    Raises:
        BadInput: no folder can be called so.
    """
    try:
        folder = Path(given)
        named = b"\0" not in os.fsencode(folder)
    except (TypeError, ValueError):  # no path, or letters that no name of a file has
        named = False
    if not named:
        raise BadInput(f"Recorder: the folder is {given!r}; it must be a path, such as 'trace'")
    return folder


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is known of one update.

    Attributes:
        step: its number, counted from 0.
        arrays: by "<kind>/<name of the tensor>"; of a sampled tensor (k,), else of its shape. The kinds are those of
            `Tensor`: before, after, gradient, used, state/<name>, norm/<kind>, sum/<kind>; and buffer.
        loss: None if not known; NaN is one that was.
        learning_rates, momenta: of each group of the optimizer; () if not known, NaN where one has none.
        samples, labels: (batch size,) uint64, or None.
        inputs: mean and standard deviation of the batch's inputs, or None.
        passes: backward passes whose gradients were summed; 0 if not known.
    """

    step: int
    arrays: Mapping[str, Array]
    loss: float | None = None
    learning_rates: Sequence[float] = ()
    momenta: Sequence[float] = ()
    samples: Array | None = None
    labels: Array | None = None
    inputs: tuple[float, float] | None = None
    passes: int = 0

    @property
    def beside(self) -> int:
        """Bytes of what is of no tensor."""
        hashes = sum(one.nbytes for one in (self.samples, self.labels) if one is not None)
        return hashes + 8 * (len(self.learning_rates) + len(self.momenta) + 8)


class Writer:
    """Writes the updates that it is given into a folder, until the limit is reached; a trace that is there is replaced.

    Args:
        folder: where; it is made.
        shapes, dtypes: of each parameter by name, and of each buffer by "buffer/<name>".
        limits: how much.
        about: what is said once, as JSON has it; a copy is kept.

    Attributes:
        elements: of a tensor with more only a sample of at most so many is recorded.
        samples: where the elements of those are, by name.
        ended: why nothing more is taken; None while it is.

    Raises:
        BadInput: the folder cannot be written or has other files in it, or the limit is too low for anything.
    """

    def __init__(
        self,
        folder: Path,
        *,
        shapes: Mapping[str, tuple[int, ...]],
        dtypes: Mapping[str, str],
        limits: Limits,
        about: Mapping[str, Any],
    ) -> None:
        if all(name.startswith(BUFFER) for name in shapes):
            raise BadInput("Recorder: there is no parameter to record")
        for name, dtype in dtypes.items():
            if not name.startswith(BUFFER) and not is_float(dtype):
                raise BadInput(
                    f"Recorder: {name} has the dtype {dtype}; parameters of float64, float32, float16 or bfloat16 are "
                    "recorded"
                )
        self.folder, self.shapes, self.dtypes, self.limits, self.about = folder, shapes, dtypes, limits, dict(about)
        self.elements = affordable(shapes, dtypes, limits)
        drawn = {name: sample(shape, self.elements, limits.seed) for name, shape in shapes.items()}
        self.samples = {name: places for name, places in drawn.items() if places is not None}
        self.waiting: list[Update] = []
        self.chunks: list[dict[str, Any]] = []
        self.ended: str | None = None
        # trace.json is there twice while the new one replaces the old
        places = sum(one.nbytes for one in self.samples.values()) + overhead(self.samples)
        self.spent = places + 2 * len(self._head())
        self.unwritten, self.names = OF_A_CHUNK, set[str]()
        if self.spent > self._most():
            raise BadInput(
                f"Recorder: limit_mb is {limits.limit_mb:g}, and the names and samples of the parameters alone take "
                f"{self.spent / 2**20:.2g}; give more, or fewer elements"
            )
        if (other := _WRITING.get(folder.resolve())) is not None:
            other.stop("another recorder was made for this folder, which replaces it")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _empty(folder)
            _save(folder / SAMPLES, {f"sample/{name}": places for name, places in self.samples.items()})
            self._write_head()
        except OSError as error:
            raise BadInput(
                f"{folder}: cannot be written: {error.strerror or error}; give the trace another folder"
            ) from error
        _WRITING[folder.resolve()] = self
        atexit.register(self.close)

    def wanted(self, step: int) -> bool:
        """Whether this update is to be given."""
        return self.ended is None and self.limits.wanted(step)

    def add(self, update: Update) -> None:
        """Take one more update; every few of them are written."""
        new = [name for name in update.arrays if name not in self.names]
        size = sum(array.nbytes for array in update.arrays.values()) + update.beside + overhead(new)
        needed = self.spent + self.unwritten + size
        if self.ended is None and needed > self._most():
            full = f"at {self.limits.limit_mb:g} MiB, before update {update.step}"
            if self.chunks or self.waiting:
                self._end(full)
            else:  # not one is recorded, which nobody means
                least = math.ceil(100 * needed / 2**20) / 100
                self.stop(f"{full}; one needs limit_mb={least:g} with elements={self.elements}")
        if self.ended is not None:
            return
        self.waiting.append(update)
        self.unwritten += size
        self.names.update(new)
        if len(self.waiting) == CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Where that fails, the recording ends with a warning and the training goes on."""
        if not self.waiting:
            return
        name = f"chunk-{len(self.chunks):04}.npz"
        try:
            self.spent += _save(self.folder / name, stacked(self.waiting)) + 2 * OF_AN_ENTRY
            self.chunks.append({"file": name, "updates": len(self.waiting)})
            self._write_head()
        except Exception as error:  # a full disk, or a buffer that has another shape than before
            self.ended = f"it cannot be written: {getattr(error, 'strerror', None) or error}"
            warnings.warn(f"{self.folder}: the recording ends here: {self.ended}", stacklevel=2)
        self.waiting, self.names, self.unwritten = [], set(), OF_A_CHUNK

    def stop(self, why: str) -> None:
        """Record no more: say why, and let the training go on."""
        if self.ended is None:
            self._end(why)
            warnings.warn(f"{self.folder}: the recording ends here: {why}", stacklevel=2)

    def close(self) -> None:
        """Write what waits; nothing is taken after it."""
        self._end(CLOSED)
        atexit.unregister(self.close)

    def _end(self, why: str) -> None:
        self.flush()
        if self.ended is None:
            self.ended = why
            with suppress(OSError):  # the trace is as good without it
                self._write_head()

    def _most(self) -> int:
        return int(self.limits.limit_mb * 2**20)

    def _write_head(self) -> None:
        aside = self.folder / f".{HEAD}"
        aside.write_bytes(self._head())
        aside.replace(self.folder / HEAD)

    def _head(self) -> bytes:
        told = {
            name: {"shape": list(shape), "dtype": self.dtypes[name], "sampled": name in self.samples}
            for name, shape in self.shapes.items()
        }
        said = {
            "schema": SCHEMA,
            "seed": self.limits.seed,
            "elements": self.elements,
            "tensors": {name: one for name, one in told.items() if not name.startswith(BUFFER)},
            "buffers": {name.removeprefix(BUFFER): one for name, one in told.items() if name.startswith(BUFFER)},
            "chunks": self.chunks,
            "ended": self.ended,
            "about": self.about,
        }
        return (json.dumps(said, indent=1) + "\n").encode()


def affordable(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], limits: Limits) -> int:
    """The elements of a tensor, as asked or fewer, with which the first updates take half of the limit at most."""
    elements = limits.elements
    while elements > 1:
        kept = sum(
            min(math.prod(shape), elements) * (8 if dtypes[name] == "float64" else 4) for name, shape in shapes.items()
        )
        if limits.steps * ARRAYS * kept <= limits.limit_mb * 2**20 / 2:
            break
        elements //= 2
    return elements


def overhead(names: Iterable[str]) -> int:
    """The most bytes that a .npz spends on arrays of these names beside their numbers."""
    return sum(OF_AN_ARRAY + 4 * len(name.encode()) for name in names)


def stacked(updates: Sequence[Update]) -> dict[str, Array]:
    """The arrays of a chunk: those of the updates by their names, with the updates first; NaN where one has none.

    `used` is left out where it is `gradient` in all of them.
    """
    arrays = {"steps": np.array([update.step for update in updates], np.int64)}
    for key in dict.fromkeys(key for update in updates for key in update.arrays):
        rows = [update.arrays.get(key) for update in updates]
        like = next(row for row in rows if row is not None)
        blank = np.full(like.shape, np.nan, like.dtype if like.dtype.kind == "f" else np.float64)
        arrays[key] = np.stack([blank if row is None else row for row in rows])
    for name in [key.removeprefix("used/") for key in arrays if key.startswith("used/")]:
        pairs = [(f"{total}used/{name}", f"{total}gradient/{name}") for total in ("", "norm/", "sum/")]
        pairs = [(used, raw) for used, raw in pairs if used in arrays]
        if all(raw in arrays and np.array_equal(arrays[used], arrays[raw], equal_nan=True) for used, raw in pairs):
            for used, _ in pairs:
                del arrays[used]
    return arrays | _series(updates)


def _series(updates: Sequence[Update]) -> dict[str, Array]:
    """loss, learning_rate, momentum and what is known of the batches, where an update has it."""
    series: dict[str, Array] = {}
    losses = [update.loss for update in updates]
    if any(loss is not None for loss in losses):  # also where all are NaN, which is to be seen
        series["loss"] = np.array([math.nan if loss is None else loss for loss in losses], np.float64)
    of_groups = {"learning_rate": [u.learning_rates for u in updates], "momentum": [u.momenta for u in updates]}
    for name, rows in of_groups.items():
        if groups := max(map(len, rows)):
            series[name] = np.array([[*row, *[math.nan] * (groups - len(row))] for row in rows], np.float64)
    if any(update.inputs is not None for update in updates):
        series["inputs"] = np.array([update.inputs or (math.nan, math.nan) for update in updates], np.float64)
    if any(update.passes for update in updates):
        series["passes"] = np.array([update.passes for update in updates], np.int64)
    for kind in ("samples", "labels"):
        hashes = [getattr(update, kind) for update in updates]
        if any(one is not None for one in hashes):
            there = [np.zeros(0, np.uint64) if one is None else one for one in hashes]
            series[kind] = np.concatenate(there)
            series[f"{kind}_sizes"] = np.array([len(one) for one in there], np.int64)
    if "samples" in series:
        known = [np.zeros(0, np.uint64) if u.samples is None else u.samples for u in updates]
        series["batch"] = np.array([batch_hash(one) for one in known], np.uint64)
    return series


def _save(path: Path, arrays: Mapping[str, Array]) -> int:
    """Write a .npz whole or not at all; how many bytes it has."""
    aside = path.with_name(f".{path.name}")
    with aside.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    size = aside.stat().st_size
    aside.replace(path)
    return size


def _empty(folder: Path) -> None:
    """Remove the trace that is in the folder, its head first."""
    ours = re.compile(r"\.?(trace\.json|samples\.npz|chunk-\d{4,}\.npz)")
    there = sorted(folder.iterdir(), key=lambda path: path.name != HEAD)
    if strange := [path.name for path in there if not ours.fullmatch(path.name)]:
        raise BadInput(f"{folder}: has '{strange[0]}' in it, which is of no trace; give the trace a folder of its own")
    for path in there:
        path.unlink()
