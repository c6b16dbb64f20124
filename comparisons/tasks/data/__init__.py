"""The samples of a task, as float64 arrays."""

from typing import assert_never

import numpy as np

from comparisons.inputs.memory import check_memory
from comparisons.names import BadInput
from comparisons.tasks.checks import LARGEST
from comparisons.tasks.data import csv_file, npz_file
from comparisons.tasks.data.samples import FLOAT, Samples, all_for_training, hold_out, one_hot, standardised
from comparisons.tasks.sources import Bundled, BundledName, CsvFile, Data, Given, LinearTarget, NormalLine, NpzFile
from comparisons.tasks.streams import DATA


def load(data: Data) -> Samples:
    """Draw, look up or read the samples. The same data each time: seeds vary the start and the batches, not this.

    Raises:
        BadInput: a file cannot be used; one line names the file, the place in it, and the remedy.
    """
    rng = np.random.default_rng([0, DATA])
    match data:
        case Given(inputs=inputs, targets=targets):
            return all_for_training(np.array(inputs, np.float64), np.array(targets, np.float64))
        case NormalLine(size=size, intercept=intercept):
            check_memory(f"normal line: {size} numbers", 2 * FLOAT * size, "lower size")
            row, slope = rng.standard_normal((1, size)), rng.standard_normal((1, 1))
            return all_for_training(row, slope * row + intercept)
        case LinearTarget() as line:
            count = line.samples * (len(line.coefficients) + 1)
            check_memory(f"linear target: {line.samples} samples", FLOAT * count, "lower samples")
            points = rng.uniform(line.low, line.high, (line.samples, len(line.coefficients)))
            noise = line.noise * rng.standard_normal((line.samples, 1))
            targets = points @ np.array(line.coefficients)[:, None] + line.intercept
            return _fitting(all_for_training(points, targets + noise))
        case Bundled(name=name):
            return _bundled(name)
        case CsvFile():
            return csv_file.read(data)
        case NpzFile():
            return npz_file.read(data)
        case _:
            assert_never(data)


def _fitting(samples: Samples) -> Samples:
    """The samples of a plane.

    Raises:
        BadInput: a target is a number that float32 cannot hold.
    """
    if not (most := float(np.abs(samples.targets).max())) <= LARGEST:
        raise BadInput(
            f"linear target: a target is {most:g}; it must be a number that float32 can hold: lower coefficients, "
            "intercept or noise"
        )
    return samples


def _bundled(name: BundledName) -> Samples:
    """A data set that comes with scikit-learn: numbers to learn are (n, 1), classes one-hot."""
    from sklearn import datasets  # loaded only where its data is wanted, for it takes a second

    inputs, labels = getattr(datasets, f"load_{name.replace('-', '_')}")(return_X_y=True)
    match name:
        case "diabetes":
            return standardised(hold_out(name, inputs, labels[:, None]))
        case "digits":  # pixels of 0 to 16 keep their common scale, as images do
            return hold_out(name, inputs / 16, one_hot(name, labels))
        case "iris" | "wine" | "breast-cancer":
            return standardised(hold_out(name, inputs, one_hot(name, labels)))
        case _:
            assert_never(name)


__all__ = ["Samples", "load"]
