"""The tables of a task file but [data]. Ranges are left to the records: each key is tried in the record it is for."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, PlainValidator, Strict, ValidationInfo, field_validator

from comparisons.names import BadInput
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

    @field_validator("name", "steps", "batch", "evaluate_every")
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
            "recipes": tuple(Recipe(**dict(recipe)) for recipe in self.recipes),
        }
        return TaskSpec(**fields)
