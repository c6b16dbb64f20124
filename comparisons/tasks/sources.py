"""Where a task's samples come from: drawn, written out, or read from a file."""

from dataclasses import dataclass
from typing import Literal, get_args

from comparisons.names import BadInput, unknown
from comparisons.tasks.checks import Table, at_least, finite, table

BundledName = Literal["digits", "iris", "wine", "breast-cancer", "diabetes"]
BUNDLED: tuple[BundledName, ...] = get_args(BundledName)


@dataclass(frozen=True, kw_only=True)
class Given:
    """Samples written out: `inputs` rows of d numbers, `targets` as many rows of k numbers."""

    inputs: Table
    targets: Table

    def __post_init__(self) -> None:
        if not self.inputs or len(self.inputs) != len(self.targets):
            raise BadInput(
                f"given samples: {len(self.inputs)} rows of inputs and {len(self.targets)} of targets; "
                "give as many of the one as of the other, at least 1"
            )
        table("given samples", "inputs", self.inputs)
        table("given samples", "targets", self.targets)


@dataclass(frozen=True, kw_only=True)
class NormalLine:
    """One row x ~ N(0,1) of `size` numbers, a slope w ~ N(0,1), targets w x + `intercept`."""

    size: int
    intercept: float

    def __post_init__(self) -> None:
        at_least("normal line", "size", self.size, 1)
        finite("normal line", "intercept", self.intercept)


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
        if not self.coefficients:
            raise BadInput("linear target: coefficients is empty; give one number for each input")
        finite("linear target", "coefficients", *self.coefficients)
        for name in ("intercept", "noise", "low", "high"):
            finite("linear target", name, getattr(self, name))
        at_least("linear target", "noise", self.noise, 0)
        at_least("linear target", "samples", self.samples, 1)
        if not self.low < self.high:
            raise BadInput(f"linear target: low is {self.low} and high is {self.high}; low must be below high")


@dataclass(frozen=True, kw_only=True)
class Bundled:
    """One of scikit-learn's bundled real data sets; classes become one-hot targets. One sample in five is held out."""

    name: BundledName

    def __post_init__(self) -> None:
        if self.name not in BUNDLED:
            raise BadInput(unknown("bundled data set", self.name, BUNDLED))


@dataclass(frozen=True, kw_only=True)
class CsvFile:
    """A CSV file with a header row. `target` names the columns to learn; all others are inputs, standardised.

    With `classes`, the one target column holds class names and becomes one-hot. One sample in five is held out.
    """

    path: str
    target: tuple[str, ...]
    classes: bool = False

    def __post_init__(self) -> None:
        if not self.target:
            raise BadInput("csv file: target is empty; name at least one column to learn")
        if len(set(self.target)) < len(self.target):
            raise BadInput(f"csv file: target is {list(self.target)}; name each column once")
        if self.classes and len(self.target) > 1:
            raise BadInput(f"csv file: target is {list(self.target)}; classes are read from one column, name one")


@dataclass(frozen=True, kw_only=True)
class NpzFile:
    """A file in the layout of Keras's mnist.npz: x_train, y_train, x_test, y_test.

    uint8 images are divided by 255, other inputs taken as they are. Integer labels become one-hot; float targets stay.
    """

    path: str


Data = Given | NormalLine | LinearTarget | Bundled | CsvFile | NpzFile


def learns_numbers(data: Data) -> bool:
    """Whether the targets are certainly not classes. What a file or a table of given numbers holds shows when read."""
    match data:
        case NormalLine() | LinearTarget() | Bundled(name="diabetes") | CsvFile(classes=False, target=(_,)):
            return True
        case _:
            return False
