"""Known defects of Keras's optimizers, tried: each function, named after its defect, says whether it is still there."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.tasks.streams import Array


def float64_through_float32() -> bool:
    """Momentum 0.9 is float32's 0.9."""
    optimizer = keras.optimizers.SGD(learning_rate=1.0, momentum=0.9)
    theta = variable(0.0)
    for gradient in (1.0, 0.0):
        step(optimizer, theta, gradient)
    return bool(theta.numpy()[0] == -1 - float(np.float32(0.9)))


def schedule_free_alias() -> bool:
    """The second step, beside the documented one: x <- (1 - 1/t) x + z/t with the x before, theta = (1 - b) z + b x."""
    b1, b2, rate, epsilon, gradients = 0.9, 0.999, 0.1, 1e-8, (1.0, 0.5)
    theta = variable(1.0)
    optimizer = keras.optimizers.ScheduleFreeAdamW(rate, beta_1=b1, beta_2=b2, epsilon=epsilon)
    x = z = 1.0
    v = 0.0
    for t, g in enumerate(gradients, start=1):
        step(optimizer, theta, g)
        v += (g * g - v) * (1 - b2)
        z -= rate * g / (np.sqrt(v / (1 - b2**t)) + epsilon)
        x = (1 - 1 / t) * x + z / t
    documented = (1 - b1) * z + b1 * x
    return bool(abs(theta.numpy()[0] - documented) > 1e-3)


def schedule_free_in_graph() -> bool:
    """The first update takes a weight of 1 to next to 0; it takes it to 0.99 if the optimizer is built before."""

    def moved(built: bool) -> float:
        theta, optimizer = variable(1.0), keras.optimizers.ScheduleFreeAdamW(0.01)
        if built:
            optimizer.build([theta])
        tf.function(lambda: step(optimizer, theta, 1.0))()
        return float(theta.numpy()[0])

    return abs(moved(False)) < 0.5 < moved(True)


def adafactor_relative_step() -> bool:
    """The argument changes nothing, even where 1 / sqrt(t) falls below the learning rate."""

    def moved(relative_step: bool) -> Array:
        theta = variable(1.0, 2.0)
        optimizer = keras.optimizers.Adafactor(learning_rate=0.9, relative_step=relative_step)
        for _ in range(5):
            step(optimizer, theta, 1.0, -2.0)
        moved: Array = theta.numpy()
        return moved

    return bool((moved(True) == moved(False)).all())


def ema_on_micro_steps() -> bool:
    """The fifth micro-step of two for an update moves no parameter, but the average."""
    theta, averages = variable(0.0), []
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2)
    for _ in range(5):
        step(optimizer, theta, 1.0)
        averages += [v.numpy()[0] for v in optimizer.variables if v.path.endswith("average")]
    return bool((averages[3], averages[4]) == (-1.5, -1.75) and theta.numpy()[0] == -2)


def muon_float64() -> bool:
    """It raises."""
    theta = keras.Variable(np.ones((2, 2)), dtype="float64", name="theta")
    try:
        keras.optimizers.Muon().apply([tf.ones((2, 2), tf.float64)], [theta])
    except (TypeError, ValueError, tf.errors.InvalidArgumentError):
        return True
    return False


def repeated_rows() -> bool:
    """A row of an Embedding looked up twice has the slope 2: Adam's first step is 2 / sqrt(4), not 2 / sqrt(2)."""
    embedding = keras.layers.Embedding(3, 1, embeddings_initializer="zeros")
    embedding.build()
    optimizer = keras.optimizers.Adam(1.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(embedding(tf.constant([1, 1])))
    optimizer.apply(tape.gradient(loss, embedding.trainable_variables), embedding.trainable_variables)
    return bool(abs(embedding.embeddings.numpy()[1, 0] + 2 / np.sqrt(2)) < 1e-4)  # epsilon makes 2e-5


def lamb_by_name() -> bool:
    """It raises."""
    try:
        keras.optimizers.get("lamb")
    except ValueError:
        return True
    return False


def variable(*values: float) -> tf.Variable:
    """A parameter in float64."""
    return tf.Variable(np.array(values), dtype="float64")


def step(optimizer: keras.optimizers.Optimizer, theta: tf.Variable, *gradient: float) -> None:
    """An update of the parameter."""
    optimizer.apply([tf.constant(gradient, tf.float64)], [theta])
