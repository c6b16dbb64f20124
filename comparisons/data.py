"""The samples of a task, as float64 arrays."""

from dataclasses import dataclass
from typing import assert_never

import numpy as np

from comparisons.contract import DATA, SPLIT, Array
from comparisons.tasks.spec import Bundled, CsvFile, Data, Given, LinearTarget, NormalLine, NpzFile


@dataclass(frozen=True, kw_only=True)
class Samples:
    """inputs (n, d), targets (n, k), and held-out ones, of which there may be none: (0, d), (0, k). All float64."""

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array


def load(data: Data) -> Samples:
    """Draw, look up or read the samples. The same data each time: seeds vary the start and the batches, not this."""
    rng = np.random.default_rng([0, DATA])
    match data:
        case Given(inputs=inputs, targets=targets):
            return _all_for_training(np.array(inputs), np.array(targets))
        case NormalLine(size=size, intercept=intercept):
            row, slope = rng.standard_normal((1, size)), rng.standard_normal((1, 1))
            return _all_for_training(row, slope * row + intercept)
        case LinearTarget() as line:
            points = rng.uniform(line.low, line.high, (line.samples, len(line.coefficients)))
            noise = line.noise * rng.standard_normal((line.samples, 1))
            targets = points @ np.array(line.coefficients)[:, None] + line.intercept
            return _all_for_training(points, targets + noise)
        case Bundled():
            return bundled(data)
        case CsvFile() | NpzFile():
            raise NotImplementedError
        case _:
            assert_never(data)


def bundled(data: Bundled) -> Samples:
    from sklearn import datasets

    digits = datasets.load_digits()
    return _hold_out(digits.data / 16, np.eye(10)[digits.target])


def _all_for_training(inputs: Array, targets: Array) -> Samples:
    return Samples(inputs=inputs, targets=targets, test_inputs=inputs[:0], test_targets=targets[:0])


def _hold_out(inputs: Array, targets: Array) -> Samples:
    """Every fifth sample of a shuffled order is held out."""
    order = np.random.default_rng([0, SPLIT]).permutation(len(inputs))
    test = len(order) // 5
    train, held = order[test:], order[:test]
    return Samples(inputs=inputs[train], targets=targets[train], test_inputs=inputs[held], test_targets=targets[held])
