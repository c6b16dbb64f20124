"""What a training task is: a frozen description in no framework's words, and no arrays."""

from dataclasses import dataclass
from typing import Literal, get_args

from comparisons.names import BadInput, unknown
from comparisons.recipes import Recipe

Activation = Literal["identity", "sigmoid", "relu"]
Loss = Literal[
    "sum-squared-error",  # sum over outputs of (y - t)^2, mean over samples
    "mean-squared-error",  # mean over outputs and samples of (y - t)^2
    "half-squared-error",  # sum over outputs of (y - t)^2 / 2, mean over samples
    "softmax-cross-entropy",  # -sum over classes of t log softmax(y), by the stable log-softmax; mean over samples
    "textbook-cross-entropy",  # -sum over classes of t log(softmax(y) + 1e-7), as textbooks write it; mean over samples
]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
LOSSES: tuple[Loss, ...] = get_args(Loss)
TEXTBOOK_DELTA = 1e-7

Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Given:
    """Samples written out: `inputs` rows of d numbers, `targets` as many rows of k numbers."""

    inputs: Table
    targets: Table


@dataclass(frozen=True, kw_only=True)
class NormalLine:
    """One row x ~ N(0,1) of `size` numbers, a slope w ~ N(0,1), targets w x + `intercept`."""

    size: int
    intercept: float


@dataclass(frozen=True, kw_only=True)
class LinearTarget:
    """`samples` inputs uniform in [low, high)^d; the target is coefficients . x + intercept + noise N(0,1)."""

    coefficients: tuple[float, ...]
    intercept: float = 0.0
    noise: float = 0.0
    low: float = 0.0
    high: float = 1.0
    samples: int = 100_000

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise BadInput(f"linear target: low is {self.low} and high is {self.high}; low must be below high")


@dataclass(frozen=True, kw_only=True)
class Bundled:
    """One of scikit-learn's bundled real data sets; classes become one-hot targets. One sample in five is held out."""

    name: Literal["digits", "iris", "wine", "breast-cancer", "diabetes"]


@dataclass(frozen=True, kw_only=True)
class CsvFile:
    """A CSV file with a header row. `target` names the columns to learn; all others are inputs, standardised.

    With `classes`, the one target column holds class names and becomes one-hot. One sample in five is held out.
    """

    path: str
    target: tuple[str, ...]
    classes: bool = False


@dataclass(frozen=True, kw_only=True)
class NpzFile:
    """A file in the layout of Keras's mnist.npz: x_train, y_train, x_test, y_test; images are divided by 255."""

    path: str


Data = Given | NormalLine | LinearTarget | Bundled | CsvFile | NpzFile


@dataclass(frozen=True, kw_only=True)
class Normal:
    """Initial weights drawn from scale * N(0,1)."""

    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class FanIn:
    """Initial weights uniform within 1/sqrt(number of inputs) of zero, as torch's nn.Linear has them."""


@dataclass(frozen=True, kw_only=True)
class Values:
    """Initial weights of a single layer, written out: rows are inputs, columns outputs."""

    weight: Table


@dataclass(frozen=True, kw_only=True)
class Point:
    """The parameters are themselves the output: one point `start`, moved towards the targets."""

    start: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Affine layers with `activation` between them; sizes of input and output come from the data."""

    hidden: tuple[int, ...] = ()
    activation: Activation = "relu"
    weights: Normal | FanIn | Values = FanIn()
    biases: Literal["none", "zeros", "as-weights"] = "zeros"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise BadInput(unknown("activation", self.activation, ACTIVATIONS))
        if any(size < 1 for size in self.hidden):
            raise BadInput(f"hidden is {list(self.hidden)}; every layer needs at least 1 unit")


Model = Point | Network


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """A training task: data, model, loss, how long, and the recipes it is trained with.

    Args:
        name: what people type; letters, digits, '-' and '_'.
        title: one line for `triptych list` and the plot's heading.
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
        if not self.name or not self.name.replace("-", "").replace("_", "").isalnum():
            raise BadInput(f"task name is '{self.name}'; use letters, digits, '-' and '_'")
        if self.loss not in LOSSES:
            raise BadInput(unknown("loss", self.loss, LOSSES))
        for field, least in (("steps", 1), ("batch", 1), ("evaluate_every", 0)):
            value = getattr(self, field)
            if value is not None and value < least:
                raise BadInput(f"task '{self.name}': {field} is {value}; it must be at least {least}")
        labels = [recipe.label for recipe in self.recipes]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise BadInput(f"task '{self.name}': two recipes are labelled '{min(twice)}'; give one another label")
        if not labels:
            raise BadInput(f"task '{self.name}' has no recipes; add at least one optimizer")

    @property
    def classifies(self) -> bool:
        """Whether the outputs are classes, so that accuracy can be measured."""
        return self.loss in ("softmax-cross-entropy", "textbook-cross-entropy")
