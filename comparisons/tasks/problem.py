"""From a task to its arrays: every random number is drawn here, in float64, and rounded once to the dtype."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from string import digits
from typing import Any, assert_never

import numpy as np

from comparisons.names import BadInput, Dtype
from comparisons.tasks import data
from comparisons.tasks.checks import LARGEST
from comparisons.tasks.size import check_training
from comparisons.tasks.spec import FanIn, Network, Normal, Point, TaskSpec, Values
from comparisons.tasks.streams import BATCHES, PARAMS, Array

CHUNK = 1 << 18  # batch indices drawn at once (2 MiB): memory does not grow with the number of steps


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A task's arrays, made once, handed to all implementations alike.

    Args:
        task: the description the arrays were made from.
        dtype: of all floating-point arrays here, and of the training.
        seeds: one for each replica.
        inputs: (n, d). targets: (n, k). Both shared by all replicas.
        test_inputs, test_targets: the same for held-out samples, of which there may be none.
        params: name to (replicas, ...), the starting point. Weights are (replicas, in, out).
    """

    task: TaskSpec
    dtype: Dtype
    seeds: tuple[int, ...]
    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array
    params: dict[str, Array]

    @property
    def replicas(self) -> int:
        """How many runs are trained at once."""
        return len(self.seeds)

    def replica(self, index: int) -> "Problem":
        """The problem of one replica: trained by itself it takes the same steps as among the others."""
        params = {name: array[index : index + 1] for name, array in self.params.items()}
        return replace(self, seeds=self.seeds[index : index + 1], params=params)

    def first_samples(self) -> tuple[Array, Array]:
        """The inputs and targets of the first step: (replicas, batch, ...), or (n, ...) when it takes all samples."""
        _, _, batches = next(self.chunks())
        if batches is None:
            return self.inputs, self.targets
        return self.inputs[batches[0]], self.targets[batches[0]]

    @property
    def evaluation_steps(self) -> range:
        """The numbers of updates after which accuracy is measured."""
        every = self.task.evaluate_every
        return range(0, self.task.steps + 1, every) if every and self.task.classifies else range(0)

    def chunks(self) -> Iterator[tuple[int, int, Array | None]]:
        """(first step, step after the last, batches) until all steps are done; a chunk ends where accuracy is due.

        `batches` is (steps of the chunk, replicas, batch), int64 indices into the samples, drawn with replacement,
        or None when every step takes all samples. A replica's indices depend on its seed alone, not on the chunks.
        """
        size = self.task.evaluate_every or max(1, CHUNK // (self.replicas * (self.task.batch or 1)))
        streams = [np.random.default_rng([seed, BATCHES]) for seed in self.seeds]
        for start in range(0, self.task.steps, size):
            stop = min(start + size, self.task.steps)
            if self.task.batch is None:
                yield start, stop, None
            else:
                shape, samples = (stop - start, self.task.batch), len(self.inputs)
                yield start, stop, np.stack([stream.integers(0, samples, shape) for stream in streams], axis=1)


# Of the parameters, which are stored (replicas, ...): biases are (replicas, 1, out), and vectors all the same.
AXES = {"theta": 1, "weight": 2, "bias": 1}


def axes_of(tensors: Mapping[str, Any]) -> dict[str, int]:
    """The number of axes of each parameter, by which groups pick theirs: by its name, `bias2` has one.

    A tensor of no problem has as many as its shape has numbers.
    """
    return {name: AXES.get(name.rstrip(digits), len(tensor.shape)) for name, tensor in tensors.items()}


def bare(params: Mapping[str, Array]) -> dict[str, Array]:
    """The parameters of a single replica as people have them: weights (in, out), biases (out), a point (k)."""
    axes = axes_of(params)
    return {name: array.reshape(array.shape[array.ndim - axes[name] :]) for name, array in params.items()}


def make_problem(task: TaskSpec, seeds: tuple[int, ...], dtype: Dtype) -> Problem:
    """The arrays of a task, one replica for each seed.

    Replica r depends on seeds[r] alone, and float32 arrays are the float64 ones rounded.

    Raises:
        BadInput: the data cannot be read, or does not fit the task.
    """
    samples = data.load(task.data)
    _check_targets(task, samples)
    if task.batch is not None and task.batch > len(samples.inputs):
        raise BadInput(
            f"task '{task.name}': batch is {task.batch} but the data has {len(samples.inputs)} samples; lower batch"
        )
    check_training(task, len(samples.inputs), samples.inputs.shape[1], samples.targets.shape[1], len(seeds))
    return Problem(
        task=task,
        dtype=dtype,
        seeds=seeds,
        inputs=samples.inputs.astype(dtype),
        targets=samples.targets.astype(dtype),
        test_inputs=samples.test_inputs.astype(dtype),
        test_targets=samples.test_targets.astype(dtype),
        params=starts(task, samples.inputs.shape[1], samples.targets.shape[1], seeds, dtype),
    )


def starts(task: TaskSpec, size_in: int, size_out: int, seeds: tuple[int, ...], dtype: Dtype) -> dict[str, Array]:
    """The starting points of all replicas: name to (replicas, ...).

    Raises:
        BadInput: a number is none of float32.
    """
    found = [initial_params(task, size_in, size_out, seed) for seed in seeds]
    stacked = {name: np.stack([start[name] for start in found]) for name in found[0]}
    for name, values in stacked.items():
        if np.abs(values).max() > LARGEST:
            raise BadInput(f"task '{task.name}': {name} starts at a number that float32 cannot hold; lower weights")
    return {name: values.astype(dtype) for name, values in stacked.items()}


def _check_targets(task: TaskSpec, samples: data.Samples) -> None:
    """What only the data can show: that targets fit the loss, and the point."""
    size = samples.targets.shape[1]
    if isinstance(task.model, Point) and len(task.model.start) != size:
        raise BadInput(
            f"task '{task.name}': start has {len(task.model.start)} numbers but a target has {size}; give as many"
        )
    targets = np.concatenate([samples.targets, samples.test_targets])
    if task.classifies and not (np.all(targets >= 0) and np.allclose(targets.sum(axis=1), 1)):
        raise BadInput(
            f"task '{task.name}': loss is '{task.loss}' but the targets are not classes (rows of shares that add up "
            "to 1); use 'mean-squared-error', or data with classes"
        )


def initial_params(task: TaskSpec, size_in: int, size_out: int, seed: int) -> dict[str, Array]:
    """One replica's starting point: `theta` of a Point, or `weight1`, `bias1`, `weight2`, ... of a Network."""
    match task.model:
        case Point(start=start):
            return {"theta": np.array(start)}
        case Network() as network:
            rng = np.random.default_rng([seed, PARAMS])
            sizes = (size_in, *network.hidden, size_out)
            params: dict[str, Array] = {}
            for layer, (rows, columns) in enumerate(pairwise(sizes), start=1):
                params[f"weight{layer}"] = _weights(network, rng, (rows, columns), rows)
                match network.biases:
                    case "as-weights":
                        params[f"bias{layer}"] = _weights(network, rng, (1, columns), rows)
                    case "zeros":
                        params[f"bias{layer}"] = np.zeros((1, columns))
                    case "none":
                        pass
                    case _:
                        assert_never(network.biases)
            return params
        case _:
            assert_never(task.model)


def _weights(network: Network, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int) -> Array:
    match network.weights:
        case Normal(scale=scale):
            return scale * rng.standard_normal(shape)
        case FanIn():
            bound = 1 / np.sqrt(fan_in)
            return rng.uniform(-bound, bound, shape)
        case Values(weight=weight):
            values = np.array(weight)
            if values.shape != shape:
                raise BadInput(f"the given weight has shape {values.shape}; this layer needs {shape}")
            return values
        case _:
            assert_never(network.weights)
