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
    match call.name, NUMPY.complete(call).arguments:
        case "SGD", {"learning_rate": float(rate)}:
            return SGD(learning_rate=rate)
        case "Momentum", {"learning_rate": float(rate), "momentum": float(mu)}:
            return SGD(learning_rate=rate, momentum=mu, learning_rate_in_velocity=True)
        case "Nesterov", {"learning_rate": float(rate), "momentum": float(mu)}:
            return SGD(learning_rate=rate, momentum=mu, nesterov=True, learning_rate_in_velocity=True)
        case "AdaDelta", {"learning_rate": float(rate), "rho": float(rho), "epsilon": float(epsilon)}:
            return Adadelta(learning_rate=rate, rho=rho, epsilon=epsilon)
        case "AdaGrad", {"learning_rate": float(rate), "initial_accumulator": float(a0), "epsilon": float(epsilon)}:
            return Adagrad(learning_rate=rate, initial_accumulator=a0, epsilon=epsilon, epsilon_position="outside-root")
        case "Adam", {"learning_rate": float(rate), "beta1": float(b1), "beta2": float(b2), "epsilon": float(epsilon)}:
            return Adam(learning_rate=rate, beta1=b1, beta2=b2, epsilon=epsilon, epsilon_position="uncorrected-root")
        case "RMSprop", {"learning_rate": float(rate), "rho": float(rho), "epsilon": float(epsilon)}:
            return RMSprop(learning_rate=rate, rho=rho, epsilon=epsilon, epsilon_position="outside-root")
        case _:
            raise AssertionError(f"not a scratch optimizer's call: {call.code()}")
