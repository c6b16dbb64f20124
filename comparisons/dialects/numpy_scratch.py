"""The scratch optimizers' own dialect: the textbooks' formulas and defaults, run by numpy_impl."""

from comparisons.calls import NativeCall
from comparisons.dialects.spelling import Dialect, Spelling
from comparisons.rules import SGD, Adadelta, Adagrad, Adam, RMSprop, Rule

NUMPY = Dialect(
    framework="numpy",
    signatures={
        "SGD": {"learning_rate": 0.01},
        "Momentum": {"learning_rate": 0.01, "momentum": 0.9},
        "Nesterov": {"learning_rate": 0.01, "momentum": 0.9},
        "AdaDelta": {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-6},
        "AdaGrad": {"learning_rate": 0.01, "initial_accumulator": 0.0, "epsilon": 1e-7},
        "Adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
        "RMSprop": {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7},
    },
    spellings={
        "sgd": Spelling(name="SGD", arguments={"learning_rate": "learning_rate"}),
        "momentum": Spelling(name="Momentum", arguments={"learning_rate": "learning_rate", "momentum": "momentum"}),
        "nesterov": Spelling(name="Nesterov", arguments={"learning_rate": "learning_rate", "momentum": "momentum"}),
        "adadelta": Spelling(
            name="AdaDelta", arguments={"learning_rate": "learning_rate", "rho": "rho", "epsilon": "epsilon"}
        ),
        "adagrad": Spelling(
            name="AdaGrad",
            arguments={
                "learning_rate": "learning_rate",
                "epsilon": "epsilon",
                "initial_accumulator": "initial_accumulator",
            },
        ),
        "adam": Spelling(
            name="Adam",
            arguments={"learning_rate": "learning_rate", "beta1": "beta1", "beta2": "beta2", "epsilon": "epsilon"},
        ),
        "rmsprop": Spelling(
            name="RMSprop", arguments={"learning_rate": "learning_rate", "rho": "rho", "epsilon": "epsilon"}
        ),
    },
)


def rule_of(call: NativeCall) -> Rule:
    """The rule that a call of a scratch optimizer stands for, every switch set as the textbooks have it."""
    given = {name: value for name, value in NUMPY.complete(call).arguments.items() if isinstance(value, float)}
    match call.name:
        case "SGD":
            return SGD(**given)
        case "Momentum":
            return SGD(**given, learning_rate_in_velocity=True)
        case "Nesterov":
            return SGD(**given, nesterov=True, learning_rate_in_velocity=True)
        case "AdaDelta":
            return Adadelta(**given)
        case "AdaGrad":
            return Adagrad(**given, epsilon_position="outside-root")
        case "Adam":
            return Adam(**given, epsilon_position="uncorrected-root")
        case "RMSprop":
            return RMSprop(**given, epsilon_position="outside-root")
        case _:
            raise AssertionError(f"numpy_impl has no optimizer {call.name}")
