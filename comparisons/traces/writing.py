"""The files of a trace: trace.json and chunks of arrays, written while the training goes on.

Each file is written under another name and renamed, and trace.json, which lists the chunks, comes last. So a process
that is killed leaves a trace that can be read, up to its last whole chunk.
"""

import atexit
import json
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from comparisons.names import SCHEMA, BadInput
from comparisons.traces.hashing import batch_hash
from comparisons.traces.sampling import sample
from comparisons.traces.trace import Array

HEAD, SAMPLES = "trace.json", "samples.npz"
BUFFER = "buffer/"
CHUNK = 16  # updates
OF_AN_ARRAY = 512  # bytes that a .npz spends on an array beside its numbers, at most
ARRAYS = 6  # of a tensor, as a guess before the first update: before, after, two gradients, two states


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
        for name in ("steps", "every", "elements"):
            if not getattr(self, name) >= 1:
                raise BadInput(f"Recorder: {name} is {getattr(self, name)}; it must be at least 1")
        if not self.limit_mb > 0:
            raise BadInput(f"Recorder: limit_mb is {self.limit_mb}; it must be above 0")

    def wanted(self, step: int) -> bool:
        """Whether this update is recorded, counted from 0."""
        return step < self.steps or step % self.every == 0


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is known of one update.

    Attributes:
        step: its number, counted from 0.
        arrays: by "<kind>/<name of the tensor>"; of a sampled tensor (k,), else of its shape. The kinds are those of
            `Tensor`: before, after, gradient, used, state/<name>, norm/<kind>, sum/<kind>; and buffer.
        loss: NaN if not known.
        learning_rates: of each group of the optimizer; () if not known.
        samples, labels: (batch size,) uint64, or None.
        inputs: mean and standard deviation of the batch's inputs, or None.
        passes: backward passes whose gradients were summed; 0 if not known.
    """

    step: int
    arrays: Mapping[str, Array]
    loss: float = math.nan
    learning_rates: Sequence[float] = ()
    samples: Array | None = None
    labels: Array | None = None
    inputs: tuple[float, float] | None = None
    passes: int = 0


@dataclass
class Writer:
    """Writes the updates that it is given into a folder, until the limit is reached; a trace that is there is replaced.

    Args:
        folder: where; it is made.
        shapes, dtypes: of each parameter by name, and of each buffer by "buffer/<name>".
        limits: how much.
        about: what is said once, as JSON has it.

    Raises:
        BadInput: the folder cannot be written, or has other files in it.
    """

    folder: Path
    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str]
    limits: Limits
    about: dict[str, Any]
    elements: int = 0
    samples: dict[str, Array] = field(default_factory=dict)
    waiting: list[Update] = field(default_factory=list)
    chunks: list[dict[str, Any]] = field(default_factory=list)
    spent: int = 0
    ended: str | None = None

    def __post_init__(self) -> None:
        if all(name.startswith(BUFFER) for name in self.shapes):
            raise BadInput("Recorder: there is no parameter to record")
        self.elements = affordable(self.shapes, self.dtypes, self.limits)
        drawn = {name: sample(shape, self.elements, self.limits.seed) for name, shape in self.shapes.items()}
        self.samples = {name: places for name, places in drawn.items() if places is not None}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _empty(self.folder)
            self.spent = _save(
                self.folder / SAMPLES, {f"sample/{name}": places for name, places in self.samples.items()}
            )
            self._write_head()
        except OSError as error:
            raise BadInput(f"{self.folder}: cannot be written: {error.strerror or error}") from error
        atexit.register(self.close)

    def wanted(self, step: int) -> bool:
        """Whether this update is to be given."""
        return self.ended is None and self.limits.wanted(step)

    def add(self, update: Update) -> None:
        """Take one more update; every few of them are written."""
        if self.ended is not None:
            return
        self.waiting.append(update)
        if self.spent + self._waiting_bytes() > self._most():
            self.waiting.pop()
            self._end(f"at {self.limits.limit_mb:g} MiB, before update {update.step}")
        elif len(self.waiting) == CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Where that fails, the recording ends with a warning and the training goes on."""
        if not self.waiting:
            return
        name = f"chunk-{len(self.chunks):04}.npz"
        try:
            self.spent += _save(self.folder / name, stacked(self.waiting))
            self.chunks.append({"file": name, "updates": len(self.waiting)})
            self.waiting = []
            self._write_head()
        except OSError as error:
            self.waiting, self.ended = [], f"cannot be written: {error.strerror or error}"
            warnings.warn(f"{self.folder}: the recording ends here: it {self.ended}", stacklevel=2)

    def stop(self, why: str) -> None:
        """Record no more: say why, and let the training go on."""
        if self.ended is None:
            self._end(why)
            warnings.warn(f"{self.folder}: the recording ends here: {why}", stacklevel=2)

    def close(self) -> None:
        """Write what waits; nothing is taken after it."""
        self._end("closed")
        atexit.unregister(self.close)

    def _end(self, why: str) -> None:
        self.flush()
        if self.ended is None:
            self.ended = why
            self._write_head()

    def _most(self) -> int:
        return int(self.limits.limit_mb * 2**20) - 2 * self._head_bytes()

    def _head_bytes(self) -> int:
        return len(self._head().encode()) + 256

    def _waiting_bytes(self) -> int:
        arrays = [array for update in self.waiting for array in update.arrays.values()]
        beside = sum(8 * (len(u.learning_rates) + 8) for u in self.waiting)
        beside += sum(part.nbytes for u in self.waiting for part in (u.samples, u.labels) if part is not None)
        return sum(array.nbytes for array in arrays) + beside + OF_AN_ARRAY * (10 + len(self.waiting[0].arrays))

    def _write_head(self) -> None:
        aside = self.folder / f".{HEAD}"
        aside.write_text(self._head(), encoding="utf-8")
        aside.replace(self.folder / HEAD)

    def _head(self) -> str:
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
        return json.dumps(said, indent=1) + "\n"


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
    for key in [key for key in arrays if key.startswith("used/")]:
        raw = arrays.get(key.replace("used/", "gradient/", 1))
        if raw is not None and np.array_equal(raw, arrays[key], equal_nan=True):
            del arrays[key]
    return arrays | _series(updates)


def _series(updates: Sequence[Update]) -> dict[str, Array]:
    """loss, learning_rate and what is known of the batches, where an update has it."""
    series: dict[str, Array] = {}
    if not all(math.isnan(update.loss) for update in updates):
        series["loss"] = np.array([update.loss for update in updates], np.float64)
    if groups := max(len(update.learning_rates) for update in updates):
        rates = [[*u.learning_rates, *[math.nan] * (groups - len(u.learning_rates))] for u in updates]
        series["learning_rate"] = np.array(rates, np.float64)
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
    """Write a .npz whole or not at all; its size in bytes."""
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
