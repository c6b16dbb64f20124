"""Gradients of a problem at its start, by the tape."""

import tensorflow as tf

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import InitialEvaluation
from tf_impl.losses import loss_of
from tf_impl.models import build


def at_start(problem: Problem) -> InitialEvaluation:
    """Outputs, losses and gradients before the first update; the tape walks the model backward."""
    model = build(problem)
    x, t = (tf.constant(samples) for samples in problem.first_samples())
    with tf.GradientTape() as tape:
        outputs = model(x)
        losses = loss_of(problem.task.loss)(outputs, t)
    parameters = model.parameters
    found = tape.gradient(losses, parameters)
    return InitialEvaluation(
        params={name: parameter.numpy() for name, parameter in parameters.items()},
        outputs=outputs.numpy(),
        losses=losses.numpy(),
        gradients={name: gradient.numpy() for name, gradient in found.items()},
    )


def gradients(problem: Problem) -> dict[str, Array]:
    """Name to the gradient (replicas, ...) of the summed loss at the start, on the first step's samples."""
    return at_start(problem).gradients
