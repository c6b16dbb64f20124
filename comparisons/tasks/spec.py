"""What a training task is: a frozen description in no framework's words, and no arrays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from comparisons.inputs.text import LONGEST_TITLE, check_text
from comparisons.names import BadInput, unknown
from comparisons.rules.recipe import Recipe
from comparisons.tasks.checks import Table, at_least, finite, table
from comparisons.tasks.sources import (
    Bundled,
    CsvFile,
    Data,
    Given,
    LinearTarget,
    NormalLine,
    NpzFile,
    learns_numbers,
)

Activation = Literal["identity", "sigmoid", "relu"]
Loss = Literal[
    "sum-squared-error",  # sum over outputs of (y - t)^2, mean over samples
    "mean-squared-error",  # mean over outputs and samples of (y - t)^2
    "half-squared-error",  # sum over outputs of (y - t)^2 / 2, mean over samples
    "softmax-cross-entropy",  # -sum over classes of t log softmax(y), by the stable log-softmax; mean over samples
    "textbook-cross-entropy",  # -sum over classes of t log(softmax(y) + 1e-7), as textbooks write it; mean over samples
]
Biases = Literal["none", "zeros", "as-weights"]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
LOSSES: tuple[Loss, ...] = get_args(Loss)
BIASES: tuple[Biases, ...] = get_args(Biases)
TEXTBOOK_DELTA = 1e-7
LONGEST_NAME = 60  # of a task, in characters: files are called so, and a file's name has at most 255 bytes
MOST_LAYERS, MOST_RECIPES = 100, 1000  # a training of each is a matter of seconds; these would be hours


@dataclass(frozen=True, kw_only=True)
class Normal:
    """Initial weights drawn from scale * N(0,1)."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        finite("normal weights", "scale", self.scale)
        at_least("normal weights", "scale", self.scale, 0)


@dataclass(frozen=True, kw_only=True)
class FanIn:
    """Initial weights uniform within 1/sqrt(number of inputs) of zero, as torch's nn.Linear has them."""


@dataclass(frozen=True, kw_only=True)
class Values:
    """Initial weights of a single layer, written out: rows are inputs, columns outputs."""

    weight: Table

    def __post_init__(self) -> None:
        table("given weights", "weight", self.weight)


@dataclass(frozen=True, kw_only=True)
class Point:
    """The parameters are themselves the output: one point `start`, moved towards the targets."""

    start: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.start:
            raise BadInput("point: start is empty; give at least one number")
        finite("point", "start", *self.start)


@dataclass(frozen=True, kw_only=True)
class Network:
    """Affine layers with `activation` between them; sizes of input and output come from the data."""

    hidden: tuple[int, ...] = ()
    activation: Activation = "relu"
    weights: Normal | FanIn | Values = FanIn()
    biases: Biases = "zeros"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise BadInput(unknown("activation", self.activation, ACTIVATIONS))
        if self.biases not in BIASES:
            raise BadInput(unknown("biases", self.biases, BIASES))
        if len(self.hidden) > MOST_LAYERS:
            raise BadInput(f"network: hidden has {len(self.hidden)} layers; give at most {MOST_LAYERS}")
        if any(size < 1 for size in self.hidden):
            raise BadInput(f"network: hidden is {list(self.hidden)}; every layer needs at least 1 unit")


Model = Point | Network


def check_labels(owner: str, labels: Sequence[str]) -> None:
    """Raise BadInput unless there are recipes, no more than can be trained, and no two of one label."""
    if len(labels) > MOST_RECIPES:
        raise BadInput(f"{owner}: recipes has {len(labels)} of them; give at most {MOST_RECIPES}, in a file or more")
    if twice := [label for label, count in Counter(labels).items() if count > 1]:
        raise BadInput(f"{owner}: two recipes are labelled '{min(twice)}'; give one another label")
    if not labels:
        raise BadInput(f"{owner}: recipes is empty; add at least one optimizer")


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """A training task: data, model, loss, how long, and the recipes it is trained with.

    Args:
        name: what people type; at most 60 letters, digits, '-' and '_', the first of which is no '-'.
        title: one line for `triptych list` and the plot's heading; at most 500 characters, all of which can be seen.
        steps: number of updates.
        batch: samples drawn (with replacement) at each step; None means all samples at every step.
        evaluate_every: steps between two measurements of accuracy; 0 measures none.

    Raises:
        BadInput: a field is out of its range; the message names it.
    """

    name: str
    title: str
    data: Data
    model: Model
    loss: Loss
    steps: int
    recipes: tuple[Recipe, ...]
    batch: int | None = None
    evaluate_every: int = 0

    def __post_init__(self) -> None:
        check_text("task", "name", self.name, LONGEST_NAME)
        if not self.name.replace("-", "").replace("_", "").isalnum():
            raise BadInput(f"task: name is '{self.name}'; use letters, digits, '-' and '_'")
        if self.name.startswith("-"):
            raise BadInput(
                f"task: name is '{self.name}'; begin with a letter or a digit, for commands read '-' as theirs"
            )
        check_text(f"task '{self.name}'", "title", self.title, LONGEST_TITLE)
        if self.loss not in LOSSES:
            raise BadInput(unknown("loss", self.loss, LOSSES))
        for field, least in (("steps", 1), ("batch", 1), ("evaluate_every", 0)):
            if (value := getattr(self, field)) is not None:
                at_least(f"task '{self.name}'", field, value, least)
        check_labels(f"task '{self.name}'", [recipe.label for recipe in self.recipes])
        if self.classifies and learns_numbers(self.data):
            raise BadInput(
                f"task '{self.name}': loss is '{self.loss}' but the data has numbers to learn, not classes; "
                "use 'mean-squared-error', or data with classes"
            )

    @property
    def classifies(self) -> bool:
        """Whether the outputs are classes, so that accuracy can be measured."""
        return self.loss in ("softmax-cross-entropy", "textbook-cross-entropy")


__all__ = [  # the kinds of data too: who describes a task finds all its nouns here
    "ACTIVATIONS",
    "BIASES",
    "LOSSES",
    "TEXTBOOK_DELTA",
    "Activation",
    "Biases",
    "Bundled",
    "CsvFile",
    "Data",
    "FanIn",
    "Given",
    "LinearTarget",
    "Loss",
    "Model",
    "Network",
    "Normal",
    "NormalLine",
    "NpzFile",
    "Point",
    "Table",
    "TaskSpec",
    "Values",
]
