"""From a task to its arrays: every random number is drawn here, in float64, and rounded once to the dtype."""

from itertools import pairwise
from typing import assert_never

import numpy as np

from comparisons import data
from comparisons.contract import PARAMS, Array, Problem
from comparisons.names import BadInput, Dtype
from comparisons.tasks.spec import FanIn, Network, Normal, Point, TaskSpec, Values


def realise(task: TaskSpec, seeds: tuple[int, ...], dtype: Dtype) -> Problem:
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
    starts = [initial_params(task, samples.inputs.shape[1], samples.targets.shape[1], seed) for seed in seeds]
    return Problem(
        task=task,
        dtype=dtype,
        seeds=seeds,
        inputs=samples.inputs.astype(dtype),
        targets=samples.targets.astype(dtype),
        test_inputs=samples.test_inputs.astype(dtype),
        test_targets=samples.test_targets.astype(dtype),
        params={name: np.stack([start[name] for start in starts]).astype(dtype) for name in starts[0]},
    )


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
