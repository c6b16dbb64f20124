"""The tables of a task file but [data]. Ranges are left to the records: each key is tried in the record it is for."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, PlainValidator, Strict, ValidationInfo, field_validator

from comparisons.names import BadInput
from comparisons.rules.loop import Fall, Loop, Tensors
from comparisons.rules.ranges import check_number
from comparisons.rules.recipe import HYPERPARAMETERS, Optimizer, Recipe, check_hyperparameter
from comparisons.tasks.bowl import bowl
from comparisons.tasks.data_table import Table, described
from comparisons.tasks.sources import Data
from comparisons.tasks.spec import Activation, Biases, FanIn, Loss, Network, Normal, TaskSpec


def _weights(value: object) -> Normal | FanIn:
    if value == "fan-in":
        return FanIn()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"weights: is {value!r}; it must be 'fan-in', or a number: the scale of N(0, 1)")
    return Normal(scale=float(value))


class ModelTable(Table):
    """[model]: a network."""

    hidden: Annotated[tuple[int, ...], Strict(False)] = Network.hidden
    activation: Activation = Network.activation
    weights: Annotated[Normal | FanIn, PlainValidator(_weights)] = FanIn()
    biases: Biases = Network.biases

    @field_validator("hidden")
    @classmethod
    def _try_hidden(cls, hidden: tuple[int, ...]) -> tuple[int, ...]:
        return Network(hidden=hidden).hidden


class TensorsTable(Table):
    """[[recipes.loop.tensors]]: tensors with numbers of their own."""

    names: str = Field(examples=['names = "bias*"'])
    learning_rate: float | None = None
    weight_decay: float | None = Field(None, validate_default=True)

    @field_validator("names", "learning_rate", "weight_decay")
    @classmethod
    def _try_field(cls, value: Any, info: ValidationInfo) -> Any:
        match info.field_name:
            case "names":
                Tensors(names=value, weight_decay=0.0)
            case "learning_rate" if value is not None:
                Tensors(names="*", learning_rate=value)
            case "weight_decay" if value is not None or info.data.get("learning_rate", "wrong") is None:
                Tensors(names="*", weight_decay=value)
        return value


class LoopTable(Table):
    """[recipes.loop]: what surrounds an optimizer."""

    warmup: int = Loop.warmup
    fall: Fall | None = None
    updates: int | None = Field(None, validate_default=True)
    clip_norm: float | None = None
    accumulate: int = Loop.accumulate
    average: float | None = None
    tensors: Annotated[tuple[TensorsTable, ...], Strict(False)] = ()

    @field_validator("warmup", "clip_norm", "accumulate", "average")
    @classmethod
    def _try_alone(cls, value: Any, info: ValidationInfo) -> Any:
        changed: dict[str, Any] = {str(info.field_name): value}
        Loop(**changed)
        return value

    @field_validator("updates")
    @classmethod
    def _try_with_others(cls, updates: int | None, info: ValidationInfo) -> int | None:
        known = {name: info.data[name] for name in ("warmup", "fall") if name in info.data}
        if len(known) == 2:
            Loop(**known, updates=updates)
        elif updates is not None:
            Loop(fall="linear", updates=updates)
        return updates

    def record(self) -> Loop:
        """What is described."""
        return Loop(**dict(self) | {"tensors": tuple(Tensors(**dict(one)) for one in self.tensors)})


class RecipeTable(Table):
    """[[recipes]]: an optimizer."""

    optimizer: Optimizer = Field(examples=['optimizer = "adam"'])
    label: str = ""
    learning_rate: float | None = None
    momentum: float | None = Field(None, validate_default=True)
    rho: float | None = None
    epsilon: float | None = None
    beta1: float | None = None
    beta2: float | None = None
    initial_accumulator: float | None = None
    weight_decay: float | None = None
    l1: float | None = None
    l2: float | None = None
    clip_threshold: float | None = None
    loop: LoopTable | None = None

    @field_validator("label")
    @classmethod
    def _try_label(cls, label: str) -> str:
        return label and Recipe(optimizer="sgd", label=label).label

    @field_validator(*{name for names in HYPERPARAMETERS.values() for name in names})
    @classmethod
    def _try_hyperparameter(cls, value: float | None, info: ValidationInfo) -> float | None:
        optimizer, name = info.data.get("optimizer"), str(info.field_name)
        if optimizer and value is not None:
            check_hyperparameter(optimizer, name, value)
        elif value is not None:
            check_number("recipe", name, value, name)  # the optimizer is mistyped; its numbers may be mistaken, too
        elif optimizer:
            Recipe(optimizer=optimizer)  # says so where momentum has to be given
        return value

    @field_validator("loop")
    @classmethod
    def _try_loop(cls, loop: LoopTable | None, info: ValidationInfo) -> LoopTable | None:
        optimizer: Optimizer | None = info.data.get("optimizer")
        if loop is None or optimizer is None:
            return loop
        for tensors in loop.tensors:
            for name, value in Tensors(**dict(tensors)).given().items():
                check_hyperparameter(optimizer, name, value)
        return loop

    def record(self) -> Recipe:
        """The recipe described."""
        return Recipe(**dict(self) | {"loop": None if self.loop is None else self.loop.record()})


class TaskTable(Table):
    """The whole file."""

    name: str
    title: str = ""
    data: Annotated[Data, PlainValidator(described)] = Field(examples=['[data] with bundled = "wine"'])
    model: ModelTable = ModelTable()
    loss: Loss = Field(examples=['loss = "mean-squared-error"'])
    steps: int = Field(examples=["steps = 200"])
    batch: int | None = TaskSpec.batch
    evaluate_every: int = TaskSpec.evaluate_every
    recipes: Annotated[tuple[RecipeTable, ...], Strict(False)] = Field(examples=['[[recipes]] with optimizer = "adam"'])

    @field_validator("name", "title", "steps", "batch", "evaluate_every")
    @classmethod
    def _try_alone(cls, value: object, info: ValidationInfo) -> object:
        changed: dict[str, Any] = {str(info.field_name): value}
        replace(bowl, **changed)
        return value

    @field_validator("loss")
    @classmethod
    def _try_with_data(cls, loss: Loss, info: ValidationInfo) -> Loss:
        return replace(bowl, loss=loss, data=info.data.get("data", bowl.data)).loss

    def record(self) -> TaskSpec:
        """The task described."""
        fields = dict(self) | {
            "title": self.title or self.name,
            "model": Network(**dict(self.model)),
            "recipes": tuple(recipe.record() for recipe in self.recipes),
        }
        return TaskSpec(**fields)
