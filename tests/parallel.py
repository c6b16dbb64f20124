"""The three implementations behind one signature each, and the tasks that are crossed with them."""

from dataclasses import replace

import numpy as np
import tensorflow as tf
import torch

import numpy_impl.losses
import numpy_impl.models
import numpy_impl.train
import tf_impl.losses
import tf_impl.models
import tf_impl.train
import torch_impl.losses
import torch_impl.models
import torch_impl.train
from comparisons.contract import Array, Problem
from comparisons.names import Dtype
from comparisons.problem import realise
from comparisons.tasks import TASKS, linear_target, simple_net
from comparisons.tasks.spec import Loss, TaskSpec

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

# A problem at its start, on all its samples: the loss of each replica, and name to the gradient of their sum.


def gradients_by_hand(problem: Problem) -> tuple[Array, dict[str, Array]]:
    model = numpy_impl.models.build(problem)
    losses, gradient = numpy_impl.losses.loss_of(problem.task.loss)(model.forward(problem.inputs), problem.targets)
    model.backward(gradient)
    return losses, model.parameters.gradients


def gradients_by_autograd(problem: Problem) -> tuple[Array, dict[str, Array]]:
    model = torch_impl.models.build(problem)
    objective = torch_impl.losses.loss_of(problem.task.loss)
    losses = objective(model(torch.tensor(problem.inputs)), torch.tensor(problem.targets))
    losses.sum().backward()
    return losses.detach().numpy(), {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}


def gradients_by_tape(problem: Problem) -> tuple[Array, dict[str, Array]]:
    model = tf_impl.models.build(problem)
    objective = tf_impl.losses.loss_of(problem.task.loss)
    with tf.GradientTape() as tape:
        losses = objective(model(tf.constant(problem.inputs)), tf.constant(problem.targets))
    gradients = tape.gradient(losses, model.parameters)
    return losses.numpy(), {name: gradient.numpy() for name, gradient in gradients.items()}


GRADIENTS = {"numpy": gradients_by_hand, "torch": gradients_by_autograd, "tf": gradients_by_tape}


def few_samples(task: TaskSpec, seeds: tuple[int, ...], dtype: Dtype) -> Problem:
    """The task's problem with its first 20 samples: enough to show a mistake, few enough to be quick."""
    problem = realise(task, seeds, dtype)
    return replace(problem, inputs=problem.inputs[:20], targets=problem.targets[:20])
