"""The three implementations behind one signature each, and the tasks that are crossed with them."""

from dataclasses import replace

import numpy as np
import tensorflow as tf
import torch

import numpy_impl.gradients
import numpy_impl.losses
import numpy_impl.train
import tf_impl.gradients
import tf_impl.losses
import tf_impl.train
import torch_impl.gradients
import torch_impl.losses
import torch_impl.train
from comparisons.names import Dtype
from comparisons.tasks import TASKS, linear_target, simple_net
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.spec import Loss, TaskSpec
from comparisons.tasks.streams import Array

DTYPES = ("float32", "float64")
VARIANTS = {
    **TASKS,
    "linear-target-sigmoid": linear_target(activation="sigmoid", low=-5, high=5),
    "simple-net-textbook": simple_net(loss="textbook-cross-entropy"),
}
TRAIN = {"numpy": numpy_impl.train.train, "torch": torch_impl.train.train, "tf": tf_impl.train.train}


def epsilons(got: Array, expected: Array) -> float:
    """The largest difference over the largest expected magnitude, in units of the machine epsilon."""
    return float(np.abs(got - expected).max() / np.abs(expected).max() / np.finfo(expected.dtype).eps)


# A loss and its derivative: outputs y and targets t to the loss of each replica, and the derivative of their sum by y.


def derived_by_hand(loss: Loss, y: Array, t: Array) -> tuple[Array, Array]:
    return numpy_impl.losses.loss_of(loss)(y, t)


def derived_by_autograd(loss: Loss, y: Array, t: Array) -> tuple[Array, Array]:
    outputs = torch.tensor(y, requires_grad=True)
    losses = torch_impl.losses.loss_of(loss)(outputs, torch.tensor(t))
    losses.sum().backward()
    return losses.detach().numpy(), outputs.grad.numpy()


def derived_by_tape(loss: Loss, y: Array, t: Array) -> tuple[Array, Array]:
    outputs = tf.Variable(y)
    with tf.GradientTape() as tape:
        losses = tf_impl.losses.loss_of(loss)(outputs, tf.constant(t))
    return losses.numpy(), tape.gradient(losses, outputs).numpy()


DERIVED = {"numpy": derived_by_hand, "torch": derived_by_autograd, "tf": derived_by_tape}

# A problem at its start: its losses and gradients.
AT_START = {
    "numpy": numpy_impl.gradients.at_start,
    "torch": torch_impl.gradients.at_start,
    "tf": tf_impl.gradients.at_start,
}


def few_samples(task: TaskSpec, seeds: tuple[int, ...], dtype: Dtype) -> Problem:
    """The task's problem with its first 20 samples, all at each step: enough to show a mistake, and quick."""
    problem = make_problem(replace(task, batch=None), seeds, dtype)
    return replace(problem, inputs=problem.inputs[:20], targets=problem.targets[:20])
