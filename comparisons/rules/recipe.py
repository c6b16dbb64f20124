"""A recipe: what a person writes down of an optimizer, and no more."""

from dataclasses import dataclass, fields
from typing import Literal

from comparisons.inputs.text import check_label
from comparisons.names import BadInput, unknown
from comparisons.rules.loop import Loop
from comparisons.rules.ranges import RANGES, Range, check_number


def _of(*names: str, **narrower: Range) -> dict[str, Range]:
    """Hyperparameters, each with its range; narrower where a framework takes less: all of them take a recipe's line."""
    return {name: narrower.get(name, RANGES[name]) for name in names}


Optimizer = Literal[
    "sgd",
    "momentum",
    "nesterov",
    "adadelta",
    "adagrad",
    "adam",
    "rmsprop",
    "adamw",
    "adamax",
    "nadam",
    "radam",
    "asgd",
    "rprop",
    "ftrl",
    "lion",
    "lamb",
    "adafactor",
    "adabelief",
]

# What each optimizer can be given. What a recipe leaves out, each framework fills in with its own default.
ADAM = _of("learning_rate", "beta1", "beta2", "epsilon")
HYPERPARAMETERS: dict[Optimizer, dict[str, Range]] = {
    "sgd": _of("learning_rate"),
    "momentum": _of("learning_rate", "momentum"),
    "nesterov": _of("learning_rate", "momentum"),
    "adadelta": _of("learning_rate", "rho", "epsilon"),
    "adagrad": _of("learning_rate", "epsilon", "initial_accumulator"),
    "adam": ADAM,
    "rmsprop": _of("learning_rate", "rho", "epsilon"),
    "adamw": ADAM | _of("weight_decay"),
    "adamax": ADAM,
    "nadam": ADAM,
    "radam": ADAM,
    "asgd": _of("learning_rate"),
    "rprop": _of("learning_rate"),
    "ftrl": _of("learning_rate", "initial_accumulator", "l1", "l2"),
    "lion": _of("learning_rate", "beta1", "beta2", beta1=Range(gt=0, le=1)),  # Keras
    "lamb": ADAM,
    "adafactor": _of("learning_rate", "clip_threshold", clip_threshold=Range(ge=1)),  # torch
    "adabelief": ADAM,
}
OPTIMIZERS: tuple[Optimizer, ...] = tuple(HYPERPARAMETERS)

NAMING = ("optimizer", "label", "loop")  # the fields of a recipe that are no hyperparameters


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An optimizer and the hyperparameters that were given for it; None means "not given".

    `label` tells two recipes of one optimizer apart within a task; it is the optimizer's name unless given.
    It stands in cells of tables: `inputs.text.check_label` says what it may hold.
    `momentum` and `nesterov` must be given their momentum: in torch and Keras they are SGD, whose default is none.
    `loop` is what surrounds the optimizer; None for nothing.

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
    weight_decay: float | None = None
    l1: float | None = None
    l2: float | None = None
    clip_threshold: float | None = None
    loop: Loop | None = None

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise BadInput(unknown("optimizer", self.optimizer, OPTIMIZERS))
        if not self.label:
            object.__setattr__(self, "label", self.optimizer)
        check_label("recipe", "label", self.label)
        for name, value in self.given().items():
            check_hyperparameter(self.optimizer, name, value)
        for tensors in self.loop.tensors if self.loop is not None else ():
            for name, value in tensors.given().items():
                check_hyperparameter(self.optimizer, name, value)
        if "momentum" in HYPERPARAMETERS[self.optimizer] and self.momentum is None:
            raise BadInput(f"{self.label}: momentum must be given, for example 0.9: torch and Keras default to none")

    def given(self) -> dict[str, float]:
        """The hyperparameters that were given, by their neutral names."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None and name not in NAMING}

    def describe(self, between: str = " ") -> str:
        """What was given, in a line; `between` stands between a name and its number."""
        numbers = [f"{name}{between}{value:g}" for name, value in self.given().items()]
        return ", ".join([*numbers, *([self.loop.describe()] if self.loop is not None else [])])


def check_hyperparameter(optimizer: Optimizer, name: str, value: object) -> None:
    """Raise BadInput unless `optimizer` has a hyperparameter `name` and `value` lies in its range."""
    if name not in HYPERPARAMETERS[optimizer]:
        raise BadInput(f"{optimizer}: " + unknown("hyperparameter", name, HYPERPARAMETERS[optimizer]))
    check_number(optimizer, name, value, HYPERPARAMETERS[optimizer][name])
