"""Schedules of TensorFlow 1: functions of tf.train that give the learning rate at a step, as Keras's classes of today.

Source: tensorflow/python/keras/optimizer_v2/legacy_learning_rate_decay.py.
"""

import math
from collections.abc import Mapping

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.names import BadInput
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range
from comparisons.rules.schedules import SPAN
from comparisons.rules.symbols import known

MODULE = "tensorflow.compat.v1.train"
STEP = ("global_step", "x")  # what they are asked for: minimize() adds 1 to it, if it is given it
_RATE = Argument(required=True, field="initial", allowed=POSITIVE)
_STEP, _NAME = Argument(), Argument()
_OVER = Argument(required=True, field="over", allowed=SPAN)
_BY_RATE: Arguments = {
    "learning_rate": _RATE,
    "global_step": _STEP,
    "decay_steps": _OVER,
    "decay_rate": Argument(required=True, field="rate", allowed=POSITIVE),
    "staircase": Argument(default=False, field="staircase"),
    "name": _NAME,
}
_ANY_RATE: Arguments = {**_BY_RATE, "decay_rate": Argument(required=True, field="rate", allowed=NOT_NEGATIVE)}
_CONSTANTS: Arguments = {
    "x": _STEP,
    "boundaries": Argument(required=True),
    "values": Argument(required=True),
    "name": _NAME,
}
_WAVES: Arguments = {name: Argument() for name in ("num_periods", "alpha", "beta", "name")}
CALLS: Mapping[str, Arguments] = {
    "exponential_decay": _BY_RATE,
    "natural_exp_decay": _ANY_RATE,
    "inverse_time_decay": _ANY_RATE,
    "piecewise_constant": _CONSTANTS,
    "piecewise_constant_decay": _CONSTANTS,
    "polynomial_decay": {
        "learning_rate": Argument(required=True, field="initial", allowed=NOT_NEGATIVE),
        "global_step": _STEP,
        "decay_steps": _OVER,
        "end_learning_rate": Argument(default=0.0001, field="final", allowed=NOT_NEGATIVE),
        "power": Argument(default=1.0, field="power", allowed=POSITIVE),
        "cycle": Argument(default=False, field="cycle"),
        "name": _NAME,
    },
    "cosine_decay": {
        "learning_rate": _RATE,
        "global_step": _STEP,
        "decay_steps": _OVER,
        "alpha": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        "name": _NAME,
    },
    "cosine_decay_restarts": {
        "learning_rate": _RATE,
        "global_step": _STEP,
        "first_decay_steps": _OVER,
        "t_mul": Argument(default=2.0, field="t_mul", allowed=Range(ge=1)),
        "m_mul": Argument(default=1.0, field="m_mul", allowed=POSITIVE),
        "alpha": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        "name": _NAME,
    },
    "linear_cosine_decay": {"learning_rate": _RATE, "global_step": _STEP, "decay_steps": _OVER, **_WAVES},
    "noisy_linear_cosine_decay": {
        **{"learning_rate": _RATE, "global_step": _STEP, "decay_steps": _OVER},
        **{"initial_variance": Argument(), "variance_decay": Argument(), **_WAVES},
    },
}
# Those that no rule is, each with the reason.
NO_RULE: Mapping[str, str] = {
    "linear_cosine_decay": "it adds beta to a line times a cosine, and no rule is a sum",
    "noisy_linear_cosine_decay": "it adds random noise to the rate, so no two runs have the same",
}
# The class of Keras that computes each.
_CLASSES = {
    "exponential_decay": "ExponentialDecay",
    "natural_exp_decay": "ExponentialDecay",
    "inverse_time_decay": "InverseTimeDecay",
    "piecewise_constant": "PiecewiseConstantDecay",
    "piecewise_constant_decay": "PiecewiseConstantDecay",
    "polynomial_decay": "PolynomialDecay",
    "cosine_decay": "CosineDecay",
    "cosine_decay_restarts": "CosineDecayRestarts",
}


def as_class(call: NativeCall) -> NativeCall:
    """The object of keras.optimizers.schedules that a function of tf.train stands for; another call as it is.

    Raises:
        BadInput: no rule is such a schedule.
    """
    if call.module != MODULE:
        return call
    if call.name in NO_RULE:
        raise BadInput(f"{MODULE}.{call.name}: no rule has this schedule: {NO_RULE[call.name]}")
    given: dict[str, Value] = {key: value for key, value in call.arguments.items() if key not in (*STEP, "name")}
    if "learning_rate" in given:
        given = {"initial_learning_rate": given.pop("learning_rate"), **given}
    if call.name == "natural_exp_decay" and isinstance(rate := given.get("decay_rate"), float | int):
        given["decay_rate"] = math.exp(-known(rate))
    return NativeCall(
        framework=call.framework, name=_CLASSES[call.name], module="keras.optimizers.schedules", arguments=given
    )
