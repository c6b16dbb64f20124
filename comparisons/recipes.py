"""A recipe: what a person writes down of an optimizer, and no more."""

from dataclasses import dataclass

from comparisons.names import OPTIMIZERS, BadInput, Optimizer, unknown
from comparisons.ranges import check_number

# What each optimizer can be given. What a recipe leaves out, each framework fills in with its own default.
HYPERPARAMETERS: dict[Optimizer, tuple[str, ...]] = {
    "sgd": ("learning_rate",),
    "momentum": ("learning_rate", "momentum"),
    "nesterov": ("learning_rate", "momentum"),
    "adadelta": ("learning_rate", "rho", "epsilon"),
    "adagrad": ("learning_rate", "epsilon", "initial_accumulator"),
    "adam": ("learning_rate", "beta1", "beta2", "epsilon"),
    "rmsprop": ("learning_rate", "rho", "epsilon"),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An optimizer and the hyperparameters that were given for it; None means "not given".

    `label` tells two recipes of one optimizer apart within a task; it is the optimizer's name unless given.
    `momentum` and `nesterov` must be given their momentum: in torch and Keras they are SGD, whose default is none.

    Raises:
        BadInput: a hyperparameter is out of its range, or is not one of this optimizer's.
    """

    optimizer: Optimizer
    label: str = ""
    learning_rate: float | None = None
    momentum: float | None = None
    rho: float | None = None
    epsilon: float | None = None
    beta1: float | None = None
    beta2: float | None = None
    initial_accumulator: float | None = None

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise BadInput(unknown("optimizer", self.optimizer, OPTIMIZERS))
        if not self.label:
            object.__setattr__(self, "label", self.optimizer)
        for name, value in self.given().items():
            check_hyperparameter(self.optimizer, name, value)
        if "momentum" in HYPERPARAMETERS[self.optimizer] and self.momentum is None:
            raise BadInput(f"{self.label}: momentum must be given, for example 0.9: torch and Keras default to none")

    def given(self) -> dict[str, float]:
        """The hyperparameters that were given, by their neutral names."""
        names = ("learning_rate", "momentum", "rho", "epsilon", "beta1", "beta2", "initial_accumulator")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def check_hyperparameter(optimizer: Optimizer, name: str, value: object) -> None:
    """Raise BadInput unless `optimizer` has a hyperparameter `name` and `value` lies in its range."""
    if name not in HYPERPARAMETERS[optimizer]:
        raise BadInput(f"{optimizer}: " + unknown("hyperparameter", name, HYPERPARAMETERS[optimizer]))
    check_number(optimizer, name, value, name)
