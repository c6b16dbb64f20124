"""Keras's own optimizers."""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from comparisons.calls import NativeCall, Value
from comparisons.names import Dtype


def build(call: NativeCall, variables: Iterable[tf.Variable], dtype: Dtype) -> keras.optimizers.Optimizer:
    """The keras.optimizers object that the call describes, built for these variables."""
    arguments = {name: remedied(call, name, value) for name, value in call.arguments.items()}
    with_floatx = keras.config.floatx()
    keras.config.set_floatx(dtype)  # the learning rate is a variable of dtype floatx, made on construction
    try:
        optimizer = getattr(keras.optimizers, call.name)(**arguments)
        optimizer.build(list(variables))
    finally:
        keras.config.set_floatx(with_floatx)
    return optimizer


def remedied(call: NativeCall, name: str, value: Value) -> Value:
    """A float as np.float64, which Keras 3.15 on TensorFlow takes at full precision.

    A plain Python float goes through float32 wherever the optimizer casts it (keras/src/backend/tensorflow/core.py,
    `cast`), also in float64 training: 0.9 becomes 0.8999999761581421. In float32 training both give the same bits.
    Adadelta's rho is never cast and must stay a Python float: np.float64 fails inside a tf.function.
    """
    if isinstance(value, float) and (call.name, name) != ("Adadelta", "rho"):
        return np.float64(value)
    return value
