"""Each known defect is still there; one that is not was mended, and its entry can go."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from comparisons.frameworks.defects import DEFECTS


def variable(*values, dtype="float64"):
    return tf.Variable(np.array(values), dtype=dtype)


def float64_through_float32():
    optimizer = keras.optimizers.SGD(learning_rate=1.0, momentum=0.9)
    theta = variable(0.0)
    for gradient in ([1.0], [0.0]):
        optimizer.apply([tf.constant(gradient, tf.float64)], [theta])
    return theta.numpy()[0] == -1 - float(np.float32(0.9))


def schedule_free_alias():
    """The second step, beside the documented one: x <- (1 - 1/t) x + z/t with the x before, theta = (1 - b) z + b x."""
    b1, b2, rate, epsilon, gradients = 0.9, 0.999, 0.1, 1e-8, (1.0, 0.5)
    theta = variable(1.0)
    optimizer = keras.optimizers.ScheduleFreeAdamW(rate, beta_1=b1, beta_2=b2, epsilon=epsilon)
    x = z = 1.0
    v = 0.0
    for t, g in enumerate(gradients, start=1):
        optimizer.apply([tf.constant([g], tf.float64)], [theta])
        v += (g * g - v) * (1 - b2)
        z -= rate * g / (np.sqrt(v / (1 - b2**t)) + epsilon)
        x = (1 - 1 / t) * x + z / t
    documented = (1 - b1) * z + b1 * x
    return abs(theta.numpy()[0] - documented) > 1e-3


def adafactor_relative_step():
    def moved(relative_step):
        theta = variable(1.0, 2.0)
        optimizer = keras.optimizers.Adafactor(learning_rate=0.9, relative_step=relative_step)
        for _ in range(5):  # 1 / sqrt(t) falls below the learning rate
            optimizer.apply([tf.constant([1.0, -2.0], tf.float64)], [theta])
        return theta.numpy()

    return (moved(True) == moved(False)).all()


def ema_on_micro_steps():
    """The fifth micro-step of two for an update moves no parameter, but the average."""
    theta, averages = variable(0.0), []
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2)
    for _ in range(5):
        optimizer.apply([tf.constant([1.0], tf.float64)], [theta])
        averages += [v.numpy()[0] for v in optimizer.variables if v.path.endswith("average")]
    return (averages[3], averages[4]) == (-1.5, -1.75) and theta.numpy()[0] == -2


def muon_float64():
    theta = keras.Variable(np.ones((2, 2)), dtype="float64", name="theta")
    try:
        keras.optimizers.Muon().apply([tf.ones((2, 2), tf.float64)], [theta])
    except (TypeError, ValueError, tf.errors.InvalidArgumentError):
        return True
    return False


def repeated_rows():
    """A row of an Embedding looked up twice has the slope 2: Adam's first step is 2 / sqrt(4), not 2 / sqrt(2)."""
    embedding = keras.layers.Embedding(3, 1, embeddings_initializer="zeros")
    embedding.build()
    optimizer = keras.optimizers.Adam(1.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(embedding(tf.constant([1, 1])))
    optimizer.apply(tape.gradient(loss, embedding.trainable_variables), embedding.trainable_variables)
    return abs(embedding.embeddings.numpy()[1, 0] + 2 / np.sqrt(2)) < 1e-4  # epsilon makes 2e-5


def lamb_by_name():
    try:
        keras.optimizers.get("lamb")
    except ValueError:
        return True
    return False


def nesterov_foreach_gradient():
    theta = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([theta], lr=0.1, momentum=0.9, nesterov=True, foreach=True)
    theta.grad = torch.ones(3)
    optimizer.step()
    return not torch.equal(theta.grad, torch.ones(3))


def state_of(optimizer_class):
    theta = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    optimizer = optimizer_class([theta])
    theta.grad = torch.ones_like(theta)
    optimizer.step()
    return optimizer.state[theta]


def nadam_float32_product():
    return state_of(torch.optim.NAdam)["mu_product"].dtype == torch.float32


def asgd_float32_rate():
    return state_of(torch.optim.ASGD)["eta"].dtype == torch.float32


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_defect_is_still_there(defect):
    seen = globals()[defect.name.replace("-", "_")]
    assert seen(), f"{defect.version} was last seen to have it; now mended: {defect.says}"
