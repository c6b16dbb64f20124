"""torch.optim as of torch 2.13: torch/optim/{sgd,adadelta,adagrad,adam,rmsprop}.py."""

from comparisons.dialects.spelling import Dialect, Spelling

TORCH = Dialect(
    framework="torch",
    signatures={
        "SGD": {"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False},
        "Adadelta": {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0},
        "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10},
        "Adam": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False},
        "RMSprop": {
            "lr": 1e-2,
            "alpha": 0.99,
            "eps": 1e-8,
            "weight_decay": 0.0,
            "momentum": 0.0,
            "centered": False,
        },
    },
    spellings={
        "sgd": Spelling(name="SGD", arguments={"learning_rate": "lr"}),
        "momentum": Spelling(name="SGD", arguments={"learning_rate": "lr", "momentum": "momentum"}),
        "nesterov": Spelling(
            name="SGD", arguments={"learning_rate": "lr", "momentum": "momentum"}, fixed={"nesterov": True}
        ),
        "adadelta": Spelling(name="Adadelta", arguments={"learning_rate": "lr", "rho": "rho", "epsilon": "eps"}),
        "adagrad": Spelling(
            name="Adagrad",
            arguments={"learning_rate": "lr", "epsilon": "eps", "initial_accumulator": "initial_accumulator_value"},
        ),
        "adam": Spelling(
            name="Adam",
            arguments={"learning_rate": "lr", "beta1": ("betas", 0), "beta2": ("betas", 1), "epsilon": "eps"},
        ),
        "rmsprop": Spelling(name="RMSprop", arguments={"learning_rate": "lr", "rho": "alpha", "epsilon": "eps"}),
    },
)
