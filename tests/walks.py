"""Teacher-forced walks: a vector and a matrix take 200 steps by gradients that are given, whatever the parameters are.

Each returns the path, (steps, all elements of both parameters).
"""

from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import tensorflow as tf
import torch

from numpy_impl.optimizers import Optimizer

STEPS, SHAPES = 200, ((7,), (4, 5))


@lru_cache
def drawn(dtype, size):
    """A start and gradients (steps, ...) for each shape; those of one coordinate in three are 1e-4 of the others."""
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    sizes = [size * 10.0 ** rng.choice([-4, 0, 0], size=shape) for shape in SHAPES]
    return starts, [(each * rng.normal(size=(STEPS, *each.shape))).astype(dtype) for each in sizes]


def flat(tensors):
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def gap(path, expected):
    """The largest difference at any step over the largest value at any, of the parameter where that is largest."""
    pairs = zip(np.split(path, [7], axis=1), np.split(expected, [7], axis=1), strict=True)
    return max(float(np.abs(a - b).max() / (np.abs(b).max() or 1.0)) for a, b in pairs)  # a strong l1 leaves only 0


def in_numpy(rule, dtype, size):
    starts, gradients = drawn(dtype, size)
    thetas, path = [start.copy() for start in starts], []
    optimizer = Optimizer(rule, thetas)
    for step in zip(*gradients, strict=True):
        optimizer.step(step)
        path.append(flat(thetas))
    return np.array(path)


@contextmanager
def default_dtype(dtype):
    """torch keeps some numbers of NAdam and ASGD in its default dtype, whatever the parameters are."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def in_torch(make, dtype, size, before_step):
    """`make` is given the parameters; `before_step` the optimizer and the number of the step, from 1."""
    starts, gradients = drawn(dtype, size)
    parameters, path = [torch.nn.Parameter(torch.tensor(start)) for start in starts], []
    with default_dtype(dtype):
        optimizer = make(parameters)
        for t, step in enumerate(zip(*gradients, strict=True), start=1):
            before_step(optimizer, t)
            for parameter, g in zip(parameters, step, strict=True):
                parameter.grad = torch.tensor(g)
            optimizer.step()
            path.append(flat([parameter.detach() for parameter in parameters]))
    return np.array(path)


def keras_loop(make, dtype, wrapped, by_hand):
    """The walk as a function of the size of the gradients and of the factors of the learning rate before each step.

    It starts anew at every call. `make` is given the variables, and builds the optimizer; `wrapped` is tf.function or
    `eagerly`. The factors are for a learning rate that is a number, and set `by_hand`.
    """
    variables = [tf.Variable(start) for start in drawn(dtype, 1.0)[0]]
    optimizer = make(variables)
    everything = [*variables, *optimizer.variables]
    initial = [tf.constant(variable.numpy()) for variable in everything]

    @wrapped
    def loop(gradients, factors):
        path = tf.TensorArray(dtype, size=STEPS)
        for k in tf.range(STEPS):
            if by_hand:
                optimizer.learning_rate.assign(optimizer.learning_rate * factors[k])
            optimizer.apply([g[k] for g in gradients], variables)
            path = path.write(k, tf.concat([tf.reshape(variable, [-1]) for variable in variables], axis=0))
        return path.stack()

    def walk(size, factors):
        for variable, value in zip(everything, initial, strict=True):
            variable.assign(value)
        gradients = [tf.constant(g) for g in drawn(dtype, size)[1]]
        return loop(gradients, tf.constant(factors, optimizer.learning_rate.dtype)).numpy()

    return walk


def eagerly(function):
    return function
