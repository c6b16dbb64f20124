"""Records a training of your own, of arrays: from NumPy, JAX, C++ or anything that can give them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.recording import Recording, ending, plain, summed, system
from comparisons.traces.writing import Limits, Writer, folder_of
from numpy_impl.recorded import dtypes, named, number


class Recorder:
    """Writes a trace of the updates that it is told of, for `triptych identify` and `triptych diff`.

    >>> recorder = Recorder("trace", params)  # doctest: +SKIP
    >>> recorder.step(params=params, gradients=gradients, loss=loss, batch=(x, y))  # after each update # doctest: +SKIP

    Args:
        folder: of the trace; one that is there is replaced.
        params: where the training starts: arrays of floats by name, also nested, or in a list.
        optimizer: its class and arguments, for the trace to say: {"class": "...", "arguments": {...}}.
        steps, every: the first so many updates are recorded, then every so many.
        elements, seed: of a tensor with more elements a sample of at most so many is recorded, drawn from the seed.
        limit_mb: MiB that the folder never exceeds.

    Raises:
        BadInput: the folder cannot be written, a number is none that it can be, or there is a parameter that is no
            array of floats.
    """

    def __init__(
        self,
        folder: str | Path,
        params: Any,
        *,
        optimizer: Mapping[str, Any] | None = None,
        steps: int = 32,
        every: int = 100,
        elements: int = 4096,
        seed: int = 0,
        limit_mb: float = 64,
    ) -> None:
        start = named(params)
        for name, array in start.items():
            if array.dtype.kind != "f":
                raise BadInput(f"Recorder: {name} has the dtype {array.dtype}; parameters must be floats")
        about = {"framework": "numpy", "device": "cpu", **system()}
        if optimizer is not None:
            if not isinstance(optimizer, Mapping):
                raise BadInput(
                    f"Recorder: optimizer is {optimizer!r}; it must be a dict, as "
                    '{"class": "Adam", "arguments": {"lr": 0.001}}'
                )
            about["optimizer"] = plain(dict(optimizer))
        self.writer = Writer(
            folder_of(folder),
            shapes={name: array.shape for name, array in start.items()},
            dtypes=dtypes(params),
            limits=Limits(steps=steps, every=every, elements=elements, seed=seed, limit_mb=limit_mb),
            about=about,
        )
        self.recording = Recording(self.writer)
        self.before = self._taken("before", start)

    def step(
        self,
        *,
        params: Any,
        gradients: Any,
        used: Any = None,
        loss: float | None = None,
        learning_rate: float | None = None,
        batch: Any = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell of an update, after it is done.

        Args:
            params: after the update, as they were given at the start.
            gradients: what the loss gave, in the same form. used: what the optimizer got, if it was clipped or scaled.
            loss, learning_rate: of this update.
            batch: x or (x, y), with the samples along the first axis.
            state: the optimizer's, by name (without a '/'), each as the parameters.

        Raises:
            BadInput: an array is missing, has no floats, or another shape than its parameter; or a loss is no number.
        """
        with ending(self.writer.stop):
            if not isinstance(state, Mapping | None):
                raise BadInput(
                    'recorder.step: state must be a dict, as {"m": m}, with each in the form of the parameters'
                )
            if slashed := [name for name in state or {} if "/" in str(name)]:
                raise BadInput(f"recorder.step: state has {slashed[0]!r}; a '/' parts it from the parameter: drop it")
            if isinstance(batch, tuple) and len(batch) not in (1, 2):
                raise BadInput(
                    f"recorder.step: batch has {len(batch)} parts; give x or (x, y), each of which may be a list"
                )
            recording, first = self.recording, self.recording.step
            needed = self.writer.wanted(first) or self.writer.wanted(first + 1)
            after = self._taken("after", self._checked("after", named(params))) if needed else {}
            if recording.wanted:
                arrays = self.before | after
                given = {"gradient": gradients, "used": used}
                given |= {f"state/{name}": values for name, values in (state or {}).items()}
                for kind, values in given.items():
                    if values is not None:
                        arrays |= self._taken(kind, self._checked(kind, named(values)))
                if loss is not None:
                    recording.loss(number("loss", loss))
                if batch is not None:
                    recording.batch(*(batch if isinstance(batch, tuple) else (batch,)))
                recording.done(arrays, () if learning_rate is None else (number("learning_rate", learning_rate),))
            else:
                recording.passed()
            self.before = {key.replace("after/", "before/", 1): array for key, array in after.items()}

    def close(self) -> None:
        """Write what is not yet written; also done when the process ends."""
        self.writer.close()

    def _checked(self, kind: str, arrays: dict[str, Array]) -> dict[str, Array]:
        """The arrays, of which those of the parameters must have their shapes."""
        shapes = self.writer.shapes
        for name in shapes:
            if kind in ("after", "gradient", "used") and name not in arrays:
                raise BadInput(f"recorder.step: '{kind}' has no {name}")
        for name, array in arrays.items():
            if array.dtype.kind != "f" and name in shapes and not kind.startswith("state/"):
                raise BadInput(f"recorder.step: '{kind}' has {name} of the dtype {array.dtype}; it must be floats")
            if name not in shapes or array.shape != shapes[name]:
                raise BadInput(
                    f"recorder.step: '{kind}' has {name} of the shape {array.shape}; "
                    f"that of the parameter is {shapes.get(name)}"
                )
        return arrays

    def _taken(self, kind: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """What is recorded of each array, copied: all of it, or its sample, its norm and its sum."""
        taken = {}
        for name, array in arrays.items():
            places = self.writer.samples.get(name)
            if places is None:
                taken[f"{kind}/{name}"] = np.array(array)
                continue
            taken[f"{kind}/{name}"] = array.ravel()[places]
            if not kind.startswith("state/"):
                total = array.sum(axis=0).sum(dtype=np.float64)  # four times as fast as all in float64
                taken |= summed(kind, name, float(np.linalg.norm(array)), float(total))
        return taken
