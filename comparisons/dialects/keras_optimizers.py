"""keras.optimizers as of Keras 3.15: keras/src/optimizers/{sgd,adadelta,adagrad,adam,rmsprop}.py."""

from comparisons.dialects.spelling import Dialect, Spelling

KERAS = Dialect(
    framework="tf",
    signatures={
        "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        "Adadelta": {"learning_rate": 1e-3, "rho": 0.95, "epsilon": 1e-7},
        "Adagrad": {"learning_rate": 1e-3, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
        "Adam": {"learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
        "RMSprop": {"learning_rate": 1e-3, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
    },
    spellings={
        "sgd": Spelling(name="SGD", arguments={"learning_rate": "learning_rate"}),
        "momentum": Spelling(name="SGD", arguments={"learning_rate": "learning_rate", "momentum": "momentum"}),
        "nesterov": Spelling(
            name="SGD",
            arguments={"learning_rate": "learning_rate", "momentum": "momentum"},
            fixed={"nesterov": True},
        ),
        "adadelta": Spelling(
            name="Adadelta", arguments={"learning_rate": "learning_rate", "rho": "rho", "epsilon": "epsilon"}
        ),
        "adagrad": Spelling(
            name="Adagrad",
            arguments={
                "learning_rate": "learning_rate",
                "epsilon": "epsilon",
                "initial_accumulator": "initial_accumulator_value",
            },
        ),
        "adam": Spelling(
            name="Adam",
            arguments={
                "learning_rate": "learning_rate",
                "beta1": "beta_1",
                "beta2": "beta_2",
                "epsilon": "epsilon",
            },
        ),
        "rmsprop": Spelling(
            name="RMSprop", arguments={"learning_rate": "learning_rate", "rho": "rho", "epsilon": "epsilon"}
        ),
    },
)
