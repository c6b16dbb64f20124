"""What the recorders share: which update is next, and what was given of it."""

import math
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from comparisons.names import BadInput
from comparisons.traces.hashing import label_hashes, parts, sample_hashes
from comparisons.traces.trace import Array
from comparisons.traces.writing import Update, Writer

NUMBERS = "biufV"  # kinds of NumPy's dtypes; bfloat16 is of the last
DEPTH = 16  # of arguments in arguments; those of some refer to themselves
LINE = 200  # characters of why a recording ended


class Recording:
    """Collects what is given of the next update, and hands it to the writer when the update is done.

    Args:
        writer: takes the updates.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.step = 0
        self.forget()

    def forget(self) -> None:
        """Drop what was given of the next update, which is not made."""
        self.losses: list[float] = []
        self.samples: list[Array] = []
        self.labels: list[Array] = []
        self.inputs: list[tuple[int, float, float]] = []

    @property
    def wanted(self) -> bool:
        """Whether the next update is recorded."""
        return self.writer.wanted(self.step)

    def batch(self, x: Any, y: Any = None) -> None:
        """The batch of the next update, as NumPy has it; of several, which are accumulated, one after the other.

        Of one that is not all numbers, as of texts, nothing is known.
        """
        if not all(part.dtype.kind in NUMBERS for part in parts([x, [] if y is None else y])):
            return
        numbers = [part.astype(np.result_type(part, np.float32), copy=False) for part in parts(x)]
        size = sum(part.size for part in numbers)
        mean = sum(part.sum(dtype=np.float64) for part in numbers) / max(size, 1)
        square = sum(float(np.vdot(part, part)) for part in numbers) / max(size, 1)
        self.hashed(sample_hashes(x), None if y is None else label_hashes(y), (size, float(mean), float(square)))

    def hashed(self, samples: Array, labels: Array | None, inputs: tuple[int, float, float]) -> None:
        """As `batch`, of which the hashes are known, and how many numbers it has, their mean and their mean square."""
        self.samples.append(samples)
        if labels is not None:
            self.labels.append(labels)
        self.inputs.append(inputs)

    def loss(self, loss: float) -> None:
        """The loss of the next update; of several, which are accumulated, the mean is recorded."""
        self.losses.append(loss)

    def done(
        self,
        arrays: Mapping[str, Array],
        learning_rates: Sequence[float] = (),
        momenta: Sequence[float] = (),
        passes: int = 0,
    ) -> None:
        """The update is done: record it.

        Args:
            arrays, learning_rates, momenta: as `Update` has them.
            passes: backward passes whose gradients were summed; what was given of earlier ones, which led to no update,
                is dropped. 0 if not known.
        """
        if passes:
            for given in (self.losses, self.samples, self.labels, self.inputs):
                del given[:-passes]
        self.writer.add(
            Update(
                step=self.step,
                arrays=arrays,
                loss=sum(self.losses) / len(self.losses) if self.losses else None,
                learning_rates=learning_rates,
                momenta=momenta,
                samples=np.concatenate(self.samples) if self.samples else None,
                labels=np.concatenate(self.labels) if self.labels else None,
                inputs=self._inputs(),
                passes=passes,
            )
        )
        self.passed()

    def passed(self) -> None:
        """The update is done, and not recorded."""
        self.step += 1
        self.forget()

    def _inputs(self) -> tuple[float, float] | None:
        size = sum(n for n, _, _ in self.inputs)
        if not size:
            return None
        mean = sum(n * one for n, one, _ in self.inputs) / size
        square = sum(n * one for n, _, one in self.inputs) / size
        return mean, math.sqrt(max(square - mean**2, 0.0))


def system(**versions: str) -> dict[str, Any]:
    """What a trace says of where it was made: versions of the framework, NumPy and Python, and the machine."""
    return {
        "versions": {**versions, np.__name__: np.__version__, "python": platform.python_version()},
        "machine": f"{platform.system()} {platform.machine()}",
    }


def plain(value: Any, depth: int = DEPTH) -> Any:
    """An argument as JSON has it; what JSON has not, as the text that Python shows, or by its class if that fails."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if depth and isinstance(value, list | tuple):
        return [plain(one, depth - 1) for one in value]
    if depth and isinstance(value, dict):
        return {str(key): plain(one, depth - 1) for key, one in value.items()}
    with suppress(Exception):  # which of them, the class of the value says
        number = float(value)
        return number if math.isfinite(number) else repr(number)
    with suppress(Exception):
        return repr(value)
    return type(value).__qualname__


@contextmanager
def ending(stop: Callable[[str], None]) -> Iterator[None]:
    """What fails in here ends the recording, and not the training. A BadInput tells of the script, and is raised.

    Args:
        stop: ends the recording; it is told why.
    """
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        stop(" ".join(f"{type(error).__name__}: {error}".split())[:LINE])


def summed(kind: str, name: str, norm: float, total: float) -> dict[str, Array]:
    """The arrays of a sampled tensor's norm and sum."""
    return {f"norm/{kind}/{name}": np.array(norm, np.float64), f"sum/{kind}/{name}": np.array(total, np.float64)}
