"""The scratch optimizers' own dialect: the textbooks' formulas and defaults, run by numpy_impl."""

from comparisons.calls import Value
from comparisons.dialects.dialect import Dialect
from comparisons.dialects.grammar import Argument, NativeClass, Spelling
from comparisons.rules import SGD, Adadelta, Adagrad, Adam, RMSprop, Rule


def _class(rule: type[Rule], defaults: dict[str, float], **always: Value) -> NativeClass:
    """A scratch class: its arguments are called as the rule's fields are."""
    return NativeClass(
        rule=rule,
        arguments={name: Argument(default=default, field=name) for name, default in defaults.items()},
        always={"weight_decay": 0.0, "weight_decay_coupling": "coupled", **always},
        source="numpy_impl/optimizers",
    )


VELOCITY = {"learning_rate": 0.01, "momentum": 0.9}

CLASSES = {
    "SGD": _class(SGD, {"learning_rate": 0.01}, momentum=0.0),
    "Momentum": _class(SGD, VELOCITY, learning_rate_in_velocity=True),
    "Nesterov": _class(SGD, VELOCITY, nesterov=True, learning_rate_in_velocity=True),
    "AdaDelta": _class(Adadelta, {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-6}),
    "AdaGrad": _class(
        Adagrad,
        {"learning_rate": 0.01, "initial_accumulator": 0.0, "epsilon": 1e-7},
        epsilon_position="outside-root",
    ),
    "Adam": _class(
        Adam,
        {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
        epsilon_position="uncorrected-root",
    ),
    "RMSprop": _class(RMSprop, {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7}, epsilon_position="outside-root"),
}

NUMPY = Dialect(
    framework="numpy",
    classes=CLASSES,
    spellings={
        "sgd": Spelling(name="SGD"),
        "momentum": Spelling(name="Momentum"),
        "nesterov": Spelling(name="Nesterov"),
        "adadelta": Spelling(name="AdaDelta"),
        "adagrad": Spelling(name="AdaGrad"),
        "adam": Spelling(name="Adam"),
        "rmsprop": Spelling(name="RMSprop"),
    },
)
