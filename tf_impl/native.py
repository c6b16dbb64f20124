"""Keras's own optimizers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.keras.classes import CLASSES
from comparisons.frameworks.keras.schedules import CALLS
from comparisons.names import Dtype
from comparisons.rules import Schedule
from tf_impl.drop_ins.schedules import RuleSchedule
from tf_impl.floatx import floatx


def build(
    call: NativeCall, variables: Sequence[tf.Variable], undecayed: Sequence[tf.Variable] = ()
) -> keras.optimizers.Optimizer:
    """The keras.optimizers object that the call describes, built for these variables of one dtype.

    It decays the weights of all but those that are `undecayed`.
    """
    dtype = variables[0].dtype.name
    with floatx(dtype):  # of the learning rate, a variable made on construction
        optimizer = getattr(keras.optimizers, call.name)(**arguments(call, dtype))
        for variable in variables:
            if not hasattr(variable, "path"):  # which Keras's own variables have, and Muon asks for
                variable.path = variable.name
        if undecayed:
            optimizer.exclude_from_weight_decay(var_list=undecayed)
        optimizer.build(list(variables))
    if call.name == "Muon":  # in float64 it raises under another floatx: `defects`, muon-float64
        optimizer.apply = floatx(dtype)(optimizer.apply)
    return optimizer


def arguments(call: NativeCall, dtype: Dtype) -> dict[str, Any]:
    """The call's arguments as its class is given them; a schedule is made of its call."""
    given = call.arguments
    native = CLASSES.get(call.name)
    if native is not None and native.rest is not None:  # its numbers, too, must be of the dtype
        rest = native.rest.native.arguments.items()
        given = {**{name: one.default for name, one in rest if isinstance(one.default, float)}, **given}
    if dtype == "float64":
        given = {name: remedied(call, name, value) for name, value in given.items()}
    return {name: schedule(value, dtype) if isinstance(value, NativeCall) else value for name, value in given.items()}


def schedule(call: NativeCall, dtype: Dtype) -> keras.optimizers.schedules.LearningRateSchedule:
    """The keras.optimizers.schedules object that the call describes; given np.float64, it computes in float64.

    So its defaults are given, too. What is written as a class of its own is computed as that class does.
    """
    match call.arguments.get("text"):
        case Code(schedule=rate) if isinstance(rate, Schedule):
            return RuleSchedule(rate)
    defaults = {name: one.default for name, one in CALLS[call.name].items() if isinstance(one.default, float)}
    given = arguments(replace(call, arguments={**defaults, **call.arguments}), dtype)
    return getattr(keras.optimizers.schedules, call.name)(**given)


def remedied(call: NativeCall, name: str, value: Value) -> Value:
    """A float as np.float64, which Keras 3.15 on TensorFlow takes at full precision. For float64 training only.

    A plain Python float goes through float32 wherever the optimizer casts it (keras/src/backend/tensorflow/core.py,
    `cast`): 0.9 becomes 0.8999999761581421. In float32 training np.float64 would do harm: it pulls parts of the
    update up to float64, and Nadam, Lamb and clipping by global norm fail with it inside a tf.function.
    Adadelta's rho and Muon's momentum are never cast and must stay Python floats: np.float64 fails inside a
    tf.function.
    """
    if isinstance(value, tuple):
        return tuple(remedied(call, name, part) for part in value)
    if isinstance(value, float) and (call.name, name) not in (("Adadelta", "rho"), ("Muon", "momentum")):
        return np.float64(value)
    return value
