"""The trainings as a user of Keras writes them, with a loop of their own."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from comparisons.traces.trace import Trace
from tests.planted.ports import Collector, Plan, masks

ARGUMENTS = {"beta1": "beta_1", "beta2": "beta_2"}
HIDDEN = {"conv": 288, "two-layer": 32, "normalised": 32, "regression": 32, "recurrent": 16}
OURS = {
    "conv.w": "conv/kernel", "conv.b": "conv/bias", "norm.gamma": "norm/gamma", "norm.beta": "norm/beta",
    "head.w": "head/kernel", "head.b": "head/bias", "hidden.w": "hidden/kernel", "hidden.b": "hidden/bias",
    "embed.w": "embed/embeddings", "gru.w": "gru/gru_cell/kernel", "gru.u": "gru/gru_cell/recurrent_kernel",
}  # fmt: skip


def net(plan: Plan) -> keras.Model:
    layers, mask = keras.layers, keras.Input((HIDDEN[plan.net],), name="mask", dtype=plan.dtype)
    match plan.net:
        case "conv":
            momentum, epsilon, _ = plan.batch_norm
            given = keras.Input((8, 8, 1), dtype=plan.dtype)
            x = layers.Conv2D(8, 3, name="conv", dtype=plan.dtype)(given)
            x = layers.BatchNormalization(momentum=momentum, epsilon=epsilon, name="norm", dtype=plan.dtype)(x)
            x = layers.Flatten(dtype=plan.dtype)(layers.ReLU(dtype=plan.dtype)(x))
            outputs = 10
        case "recurrent":
            given = keras.Input((12,), dtype="int64")
            x = layers.Embedding(27, 8, name="embed", dtype=plan.dtype)(given)
            x = layers.GRU(16, use_bias=False, name="gru", dtype=plan.dtype)(x)
            outputs = 27
        case "normalised":
            given = keras.Input((64,), dtype=plan.dtype)
            x = layers.Dense(32, name="hidden", dtype=plan.dtype)(given)
            x = layers.LayerNormalization(epsilon=plan.layer_norm, name="norm", dtype=plan.dtype)(x)
            x = layers.Activation("tanh", dtype=plan.dtype)(x)
            outputs = 10
        case _:
            given = keras.Input((64,), dtype=plan.dtype)
            x = layers.Dense(32, activation="tanh", name="hidden", dtype=plan.dtype)(given)
            outputs = len(plan.first["head.b"])
    x = layers.Multiply(dtype=plan.dtype)([x, mask])
    return keras.Model([given, mask], layers.Dense(outputs, name="head", dtype=plan.dtype)(x))


def train(plan: Plan) -> Trace:
    keras.backend.set_floatx(plan.dtype)
    try:
        return _train(plan)
    finally:
        keras.backend.set_floatx("float32")
        keras.backend.clear_session()


def _train(plan: Plan) -> Trace:
    model = net(plan)
    values = {OURS[name]: value for name, value in plan.first.items()}
    for variable in model.trainable_variables:
        variable.assign(values[variable.path])
    frozen = {OURS[name] for name in plan.frozen}
    variables = [variable for variable in model.trainable_variables if variable.path not in frozen]
    collector, optimizer = Collector(plan, "keras"), optimizer_of(plan)
    optimizer.build(variables)
    average = {v.path: v.numpy() for v in variables}

    @tf.function
    def gradients(x: Any, y: Any, mask: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(plan, model, x, y, mask)
        return loss, tape.gradient(loss, [v.value for v in variables])

    for step in range(len(plan.batches)):
        if step == plan.reset_at:
            optimizer = optimizer_of(plan)
        rate = plan.numbers["learning_rate"] if plan.rates is None else plan.rates[step]
        optimizer.learning_rate = number(plan, rate)
        x, y = plan.batch(step)
        shape = (len(x), HIDDEN[plan.net])
        mask = masks(plan.seed, step, shape) if plan.masks else np.ones(shape)
        given = tf.constant(x) if plan.net == "recurrent" else tf.constant(x, plan.dtype)
        loss, raw = gradients(given, tf.constant(y), tf.constant(mask, plan.dtype))
        raw = [tf.convert_to_tensor(gradient) for gradient in raw]
        used = clip(plan, raw)
        rows = {
            v.path: {"before": v.numpy(), "gradient": g.numpy(), "used": u.numpy()}
            for v, g, u in zip(variables, raw, used, strict=True)
        }
        optimizer.apply(used, variables)
        for v in variables:
            rows[v.path]["after"] = v.numpy()
            if plan.limit is not None:
                v.assign(tf.clip_by_value(v.value, -plan.limit, plan.limit))
        kept = {v.path: v.numpy() for v in model.non_trainable_variables if "moving" in v.path}
        if plan.ema is not None:
            for v in variables:
                average[v.path] = (plan.ema * average[v.path] + (1 - plan.ema) * v.numpy()).astype(plan.dtype)
            kept |= {f"ema/{path}": value for path, value in average.items()}
        collector.step(rows, float(loss), rate, (x, y), kept)
    return collector.trace()


def loss_of(plan: Plan, model: keras.Model, x: Any, y: Any, mask: Any) -> Any:
    outputs = model([x, mask], training=True)
    outputs = tf.nn.softmax(outputs) if plan.probable else outputs
    if plan.net == "regression":
        target = tf.cast(y, plan.dtype)
        each = tf.square(outputs - (target[:, 0] if plan.broadcast else target))
    else:
        each = keras.losses.sparse_categorical_crossentropy(y, outputs, from_logits=True)
    loss = tf.reduce_sum(each) if plan.loss == "sum" else tf.reduce_mean(each)
    if isinstance(plan.loss, float):
        loss = loss * tf.cast(plan.loss, plan.dtype)
    kernels = [v.value for v in model.trainable_variables if len(v.shape) > 1]
    if plan.l2:
        loss = loss + plan.l2 / 2 * tf.add_n([tf.reduce_sum(tf.square(v)) for v in kernels])
    if plan.l1:
        loss = loss + plan.l1 * tf.add_n([tf.reduce_sum(tf.abs(v)) for v in kernels])
    return loss


def clip(plan: Plan, raw: list[Any]) -> list[Any]:
    match plan.clip:
        case ("global", most):
            return list(tf.clip_by_global_norm(raw, most)[0])
        case ("each", most):
            return [tf.clip_by_norm(gradient, most) for gradient in raw]
        case ("value", most):
            return [tf.clip_by_value(gradient, -most, most) for gradient in raw]
        case _:
            return raw


def optimizer_of(plan: Plan) -> keras.optimizers.Optimizer:
    numbers = {ARGUMENTS.get(name, name): number(plan, value) for name, value in plan.numbers.items()}
    return getattr(keras.optimizers, plan.optimizer)(**numbers)


def number(plan: Plan, value: Any) -> Any:
    """Keras takes a float for one of float32, and NumPy's for one of float64."""
    return np.float64(value) if plan.dtype == "float64" and not isinstance(value, bool) else value
