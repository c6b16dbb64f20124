"""Loops as one would write them without this project: plain gradient descent, a whole recipe; and Adam's step alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from comparisons.rules import Adam
from comparisons.rules.loop import Loop
from comparisons.rules.recipe import Recipe
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from tf_impl import Recorder
from tf_impl.optimizers import from_rule

NAMES = ("weight1", "bias1", "weight2", "bias2")
ALL = 10**6  # MiB: a limit that is never reached


def bare(problem: Problem, learning_rate: float, *, eager: bool = False) -> Array:
    """`linear-target`: train the first replica, in one tf.function or eagerly; return its losses (steps,)."""
    inputs, targets = tf.constant(problem.inputs), tf.constant(problem.targets)
    start = [problem.params[name][0] for name in ("weight1", "bias1", "weight2", "bias2")]
    w1, b1, w2, b2 = parameters = [tf.Variable(array) for array in start]
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    optimizer = sgd(problem.dtype, learning_rate)
    optimizer.build(parameters)

    def step(rows: tf.Tensor) -> tf.Tensor:
        x, t = tf.gather(inputs, rows), tf.gather(targets, rows)
        with tf.GradientTape() as tape:
            y = tf.nn.relu(x @ w1 + b1) @ w2 + b2
            loss = tf.reduce_mean(tf.reduce_sum(0.5 * tf.square(y - t), axis=-1))
        optimizer.apply(tape.gradient(loss, parameters), parameters)
        return loss

    @tf.function
    def loop(batches: tf.Tensor) -> tf.Tensor:
        losses = tf.TensorArray(inputs.dtype, size=len(batches))
        for i in tf.range(len(batches)):
            losses = losses.write(i, step(batches[i]))
        return losses.stack()

    return np.array([step(rows) for rows in tf.constant(batches)]) if eager else loop(tf.constant(batches)).numpy()


def sgd(dtype: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """Keras keeps the learning rate in a variable of dtype floatx: in float32 by default, in float64 training too."""
    floatx = keras.config.floatx()
    keras.config.set_floatx(dtype)
    optimizer = keras.optimizers.SGD(np.float64(learning_rate))
    keras.config.set_floatx(floatx)
    return optimizer


def whole(problem: Problem, recipe: Recipe, loop: Loop) -> Array:
    """`two-layer-net` with relu, by AdamW and what the loop says: train the first replica; return its losses."""
    inputs, targets, rate = tf.constant(problem.inputs), tf.constant(problem.targets), recipe.learning_rate or 0.0
    w1, b1, w2, b2 = parameters = [tf.Variable(problem.params[name][0], name=name) for name in NAMES]
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(rate, loop.updates),
        weight_decay=recipe.weight_decay or 0.0,
        global_clipnorm=loop.clip_norm,
        gradient_accumulation_steps=loop.accumulate,
        use_ema=True,
        ema_momentum=loop.average or 0.0,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build(parameters)

    @tf.function
    def loop_over(batches: tf.Tensor) -> tf.Tensor:
        losses = tf.TensorArray(inputs.dtype, size=len(batches))
        for i in tf.range(len(batches)):
            x, t = tf.gather(inputs, batches[i]), tf.gather(targets, batches[i])
            with tf.GradientTape() as tape:
                y = tf.nn.relu(x @ w1 + b1) @ w2 + b2
                loss = -tf.reduce_sum(t * tf.nn.log_softmax(y)) / tf.cast(len(x), y.dtype)
            optimizer.apply(tape.gradient(loss, parameters), parameters)
            losses = losses.write(i, loss)
        return losses.stack()

    return loop_over(tf.constant(batches)).numpy()


def steps(rule: Adam, tensors: list[Array]) -> dict[str, Callable[[], None]]:
    """Variant to a function that takes one step; the gradients are the tensors themselves, at the start."""
    native = keras.optimizers.Adam(rule.learning_rate, rule.beta1, rule.beta2, rule.epsilon)
    return {
        name: step(optimizer, tensors) for name, optimizer in (("keras", native), ("keras drop-in", from_rule(rule)))
    }


def step(optimizer: keras.optimizers.Optimizer, tensors: list[Array]) -> Callable[[], None]:
    """The optimizer's step in a tf.function of its own."""
    variables = [tf.Variable(tensor) for tensor in tensors]
    gradients = [tf.constant(tensor) for tensor in tensors]
    optimizer.build(variables)

    @tf.function
    def traced() -> None:
        optimizer.apply(gradients, variables)

    return traced


def recorded(folder: Path, widths: Sequence[int], batch: int, updates: int, first: int) -> list[Callable[[], Array]]:
    """A net trained by Adam, so many updates a call, and the same without a recorder.

    Args:
        first: so many updates are recorded, then every hundredth.
    """

    def net() -> keras.Model:
        layers = [keras.layers.Dense(width, activation="relu") for width in widths[1:-1]]
        return keras.Sequential([keras.Input((widths[0],)), *layers, keras.layers.Dense(widths[-1])])

    return _trainings(folder, net, (updates, batch, widths[0]), widths[-1], first)


def recorded_images(folder: Path, batch: int, updates: int, first: int) -> list[Callable[[], Array]]:
    """The same of a convolutional net of 1,015,342 parameters."""

    def net() -> keras.Model:
        layers = keras.layers
        return keras.Sequential([
            keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(108, activation="relu"), layers.Dense(10),
        ])  # fmt: skip

    return _trainings(folder, net, (updates, batch, 28, 28, 1), 10, first)


def _trainings(
    folder: Path, net: Callable[[], keras.Model], shape: tuple[int, ...], classes: int, first: int
) -> list[Callable[[], Array]]:
    generator = np.random.default_rng(0)
    x = generator.standard_normal(shape).astype(np.float32)
    t = generator.integers(classes, size=shape[:2])

    def training(folder: Path | None) -> Callable[[], Array]:
        keras.utils.set_random_seed(0)
        model = net()
        optimizer = keras.optimizers.Adam()
        recorder = None if folder is None else Recorder(folder, optimizer, model, steps=first, limit_mb=ALL)

        @tf.function
        def step(inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                outputs = model(inputs, training=True)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            return loss

        def train() -> Array:
            losses = []
            for inputs, targets in zip(x, t, strict=True):
                loss = float(step(tf.constant(inputs), tf.constant(targets)))
                if recorder is not None:
                    recorder.step(loss=loss, batch=(inputs, targets))
                losses.append(loss)
            return np.array(losses)

        return train

    return [training(folder), training(None)]
