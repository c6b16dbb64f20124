"""A whole training: which optimizer moves which tensors, and what surrounds all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Generic, Literal, TypeVar, get_args

from comparisons import rules
from comparisons.names import BadInput, unknown
from comparisons.rules import Rule
from comparisons.rules.ranges import FRACTION, NOT_NEGATIVE, POSITIVE, Range, check_number
from comparisons.rules.surroundings import Clip, ClipGlobalNorm, ClipNorm, ClipValue

Optimizer = TypeVar("Optimizer", covariant=True)  # a Rule, or the native call of a framework
One = TypeVar("One")  # the same, where it is given
COUNT = Range(ge=1, integer=True)
AXES = Range(ge=0, integer=True, none=True)


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Tensors by their names and by their number of axes: those for which all holds that is given.

    Args:
        names: patterns as of a shell, one of which the name must match; () for any name.
        without: patterns none of which it may match.
        least_axes, most_axes: bounds of the number of axes; None for none.
        label: what the tensors are called where they are picked: `decay`, `model.head.parameters()`; a word only.
        known: False where the label is all that is known of them.

    Raises:
        BadInput: a number of axes is none.
    """

    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    least_axes: int | None = None
    most_axes: int | None = None
    label: str = ""
    known: bool = True

    def __post_init__(self) -> None:
        for field in ("least_axes", "most_axes"):
            object.__setattr__(self, field, check_number("Selector", field, getattr(self, field), AXES))

    def selects(self, name: str, axes: int) -> bool:
        """Whether a tensor is one of them. (Of what is not known every tensor may be.)"""
        return (
            (not self.names or any(fnmatchcase(name, pattern) for pattern in self.names))
            and not any(fnmatchcase(name, pattern) for pattern in self.without)
            and (self.least_axes is None or self.least_axes <= axes)
            and (self.most_axes is None or axes <= self.most_axes)
        )

    def among(self, others: "Selector") -> "Selector":
        """Those of these that are among others, which have no `names`."""
        least = [one.least_axes for one in (self, others) if one.least_axes is not None]
        most = [one.most_axes for one in (self, others) if one.most_axes is not None]
        return replace(
            self,
            without=(*self.without, *others.without),
            least_axes=max(least, default=None),
            most_axes=min(most, default=None),
        )

    def describe(self) -> str:
        """In a few letters."""
        if not self.known:
            return self.label
        words = [", ".join(self.names)] if self.names else []
        words += [f"but {', '.join(self.without)}"] if self.without else []
        words += [f"{self.least_axes} axes or more"] if self.least_axes is not None else []
        words += [f"{self.most_axes} axes or fewer"] if self.most_axes is not None else []
        return " ".join(words) or "all"


ALL = Selector()


@dataclass(frozen=True, kw_only=True)
class Group(Generic[Optimizer]):
    """Tensors, and the optimizer that moves them."""

    tensors: Selector = ALL
    optimizer: Optimizer


@dataclass(frozen=True, kw_only=True)
class Accumulation:
    """The gradients of several micro-batches make one update. (Workers that share a batch are micro-batches too.)

    Args:
        batches: how many.
        combine:
            mean: the mean of their gradients, each of the mean loss of its micro-batch.
            sum: the sum of these: as large as `batches` means.
            samples: the gradient of the mean over all samples (tokens), which `mean` is for micro-batches of one size.
        clip: whether the gradients are clipped once they are combined, or each micro-batch's own before it is.
    """

    batches: int
    combine: Literal["mean", "sum", "samples"] = "mean"
    clip: Literal["combined", "each"] = "combined"

    def __post_init__(self) -> None:
        object.__setattr__(self, "batches", check_number("Accumulation", "batches", self.batches, COUNT))
        _check_words(self, combine=("mean", "sum", "samples"), clip=("combined", "each"))


Start = Literal[
    "first",  # the weights that it is stepped with first (torch's AveragedModel, Keras's use_ema)
    "initial",  # the weights before the first update (a deep copy of the model)
    "debiased",  # 0, and it is divided by 1 - decay^n
]


@dataclass(frozen=True, kw_only=True)
class Average:
    """An average a of the weights theta; n counts its steps, 0 at the first.

        a <- d a + (1 - d) theta,   d = min(decay, 1 - (1 + (n + warmup_from) / warmup)^-warmup_power)

    Args:
        decay: of the exponential average; None for the mean of the weights (stochastic weight averaging): of those
            it is stepped with, and of those it starts from if it starts from any.
        warmup: 0 for none. 9 from 1 with the power 1 is min(decay, (1 + n) / (10 + n)).
        start: what a is at first.
        clock: whether `every`, `after` and `overwrite` count updates, or micro-batches.
        every: it is stepped after every so many. after: not before so many are over.
        overwrite: after every so many the weights become the average, once it has been stepped; 0 for never.
        evaluated: whether what is evaluated, and kept in the end, is the average.

    Sources: torch/optim/swa_utils.py, keras/src/optimizers/base_optimizer.py; the warm-up is timm's and diffusers'.
    Papers: Polyak and Juditsky 1992; Izmailov et al. 2018.
    """

    decay: float | None
    warmup: float = 0.0
    warmup_power: float = 1.0
    warmup_from: float = 0.0
    start: Start = "first"
    clock: Literal["update", "batch"] = "update"
    every: int = 1
    after: int = 0
    overwrite: int = 0
    evaluated: bool = True

    def __post_init__(self) -> None:
        whole = Range(ge=0, integer=True)
        ranges = {"decay": Range(ge=0, le=1, none=True), "warmup": NOT_NEGATIVE, "warmup_power": POSITIVE}
        ranges["warmup_from"] = NOT_NEGATIVE
        for field, allowed in {**ranges, "every": COUNT, "after": whole, "overwrite": whole}.items():
            object.__setattr__(self, field, check_number("Average", field, getattr(self, field), allowed))
        _check_words(self, start=get_args(Start), clock=("update", "batch"))
        if not isinstance(self.evaluated, bool):
            raise BadInput(f"Average: evaluated is {self.evaluated!r}; it must be True or False")
        if self.start == "debiased" and (self.decay is None or not FRACTION.contains(self.decay)):
            raise BadInput(
                f"Average: decay is {self.decay}; where it starts debiased it must be at least 0 and below 1"
            )

    def decay_at(self, n: int) -> float:
        """d at step n: 0 at the first where what it is stepped with is what it starts from."""
        first = self.start == "first"
        if first and n == 0:
            return 0.0
        if self.decay is None:
            known = n if first else n + 1  # of the weights in the mean
            return known / (known + 1)
        warmed = 1 - (1 + (n + self.warmup_from) / self.warmup) ** -self.warmup_power if self.warmup else 1.0
        return min(self.decay, warmed)


@dataclass(frozen=True, kw_only=True)
class Training(Generic[Optimizer]):
    """Groups of tensors, each with its optimizer, and what surrounds them.

    The order of an update: the gradients of the micro-batches, combined; `clip` over all tensors together; in each
    group the optimizer's own clip, over the tensors of the group alone, its weight decay and its step; the average.
    A schedule counts updates.

    Args:
        groups: a tensor belongs to the first group that selects it, and one that none selects is not trained.
        clip: over the gradients of all groups. In a training of one group it is the optimizer's own.
        accumulation, average: None for none.

    Raises:
        BadInput: there is no group, or a part is no such record.
    """

    groups: tuple[Group[Optimizer], ...]
    clip: Clip | None = None
    accumulation: Accumulation | None = None
    average: Average | None = None

    def __post_init__(self) -> None:
        if not self.groups or not all(isinstance(group, Group) for group in self.groups):
            raise BadInput("Training: groups must be one Group or more")
        kinds: dict[str, tuple[type, ...]] = {
            "clip": (ClipValue, ClipNorm, ClipGlobalNorm),
            "accumulation": (Accumulation,),
            "average": (Average,),
        }
        for field, kind in kinds.items():
            if (part := getattr(self, field)) is not None and not isinstance(part, kind):
                words = " or ".join(one.__name__ for one in kind)
                raise BadInput(f"Training: {field} is {part!r}; it must be None or {words}")

    def members(self, axes: Mapping[str, int]) -> list[list[str]]:
        """The names of each group's tensors, of those given with their numbers of axes.

        Raises:
            BadInput: no group selects any of them.
        """
        found = {name: self.group_of(name, count) for name, count in axes.items()}
        if all(group is None for group in found.values()):
            raise BadInput(f"Training: its groups select none of {', '.join(axes)}; nothing would be trained")
        return [[name for name, group in found.items() if group == i] for i in range(len(self.groups))]

    def group_of(self, name: str, axes: int) -> int | None:
        """The number of the group that a tensor belongs to; None for none."""
        return next((i for i, group in enumerate(self.groups) if group.tensors.selects(name, axes)), None)


def whole(optimizer: One) -> Training[One]:
    """The training of all tensors by one optimizer."""
    return Training(groups=(Group(optimizer=optimizer),))


def plain(training: Training[One]) -> One | None:
    """The optimizer, where the training is that of all tensors by one and no more; else None."""
    [first, *others] = training.groups
    around = training.clip or training.accumulation or training.average
    return None if others or around or first.tensors != ALL else first.optimizer


def elementwise(training: Training[Rule]) -> bool:
    """Whether each parameter moves by its own gradient alone, so that many tensors can be stepped as one."""
    alone = all(rules.elementwise(group.optimizer) for group in training.groups)
    return alone and not isinstance(training.clip, ClipNorm | ClipGlobalNorm)


def of_matrices(training: Training[Rule]) -> bool:
    """Whether a group's rule moves matrices only: its tensors must have their own axes, and none for replicas."""
    return any(rules.of_matrices(group.optimizer) for group in training.groups)


def _check_words(record: object, **allowed: tuple[str, ...]) -> None:
    for field, words in allowed.items():
        if (value := getattr(record, field)) not in words:
            raise BadInput(f"{type(record).__name__}: " + unknown(field, value, words))
