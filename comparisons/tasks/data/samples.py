"""Samples, and what happens to them on the way from a data set to a task: one-hot, held out, standardised."""

from dataclasses import dataclass, replace

import numpy as np

from comparisons.inputs.memory import check_memory
from comparisons.names import BadInput
from comparisons.tasks.streams import SPLIT, Array

HELD_OUT = 5  # one sample in five
FLOAT = 8  # bytes of a float64


@dataclass(frozen=True, kw_only=True)
class Samples:
    """inputs (n, d), targets (n, k), and held-out ones, of which there may be none: (0, d), (0, k). All float64."""

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array


def all_for_training(inputs: Array, targets: Array) -> Samples:
    """inputs (n, d) and targets (n, k), none of them held out."""
    return Samples(inputs=inputs, targets=targets, test_inputs=inputs[:0], test_targets=targets[:0])


def hold_out(source: str, inputs: Array, targets: Array) -> Samples:
    """inputs (n, d) and targets (n, k) in a shuffled order, one in five held out.

    Raises:
        BadInput: there are too few to hold one out.
    """
    if len(inputs) < HELD_OUT:
        raise BadInput(
            f"{source}: has {len(inputs)} samples; give at least {HELD_OUT}, for one in {HELD_OUT} is held out"
        )
    order = np.random.default_rng([0, SPLIT]).permutation(len(inputs))
    held, train = np.split(order, [len(order) // HELD_OUT])
    return Samples(inputs=inputs[train], targets=targets[train], test_inputs=inputs[held], test_targets=targets[held])


def standardised(samples: Samples) -> Samples:
    """Inputs less their mean, over their standard deviation, both of the training part; constant columns keep size."""
    mean, deviation = samples.inputs.mean(axis=0), samples.inputs.std(axis=0)
    constant = np.ptp(samples.inputs, axis=0) == 0  # its deviation need not be 0, for the mean is rounded
    scale = np.where(constant | (deviation == 0), 1.0, deviation)
    return replace(samples, inputs=(samples.inputs - mean) / scale, test_inputs=(samples.test_inputs - mean) / scale)


def one_hot(source: str, labels: Array) -> Array:
    """Labels (n,) of any kind to (n, classes), the classes in sorted order.

    Raises:
        BadInput: there is only one class, or there are more than memory can hold.
    """
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise BadInput(f"{source}: has only one class, {str(classes[0])!r}; give samples of at least two")
    what = f"{source}: the {len(classes)} classes of {len(labels)} samples"
    check_memory(what, FLOAT * len(labels) * len(classes), "give fewer classes, or numbers to learn")
    rows = np.zeros((len(labels), len(classes)))
    rows[np.arange(len(labels)), numbers] = 1
    return rows
