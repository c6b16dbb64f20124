"""Rates that depend on the step, as records: pieces with a formula each, and three ways to put pieces together.

k is the number of updates made, 0 at the first. A constant piece is a number. A piece in a sequence counts from its own
start, and so may be asked for a k between two whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar, Literal

from comparisons.names import BadInput, unknown
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range, check_number

STEPS = Range(ge=1, integer=True)
SPAN = Range(ge=1)
COUNT = Range(ge=0, integer=True)


SPANS = ("every", "over", "up", "down")  # fields that count steps


def whole(number: float | None) -> float:
    """The number, of steps, as an int if it is whole."""
    return int(number) if number is not None and number.is_integer() else number  # type: ignore[return-value]  # no span may be None


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """What the pieces share: their numbers are in `ranges`, their switches in `words`, and the rest is True or False.

    Raises:
        BadInput: a field is out of its range; numbers are kept as Python's own.
    """

    ranges: ClassVar[Mapping[str, Range]]
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __post_init__(self) -> None:
        place = type(self).__name__
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in self.ranges:
                number = check_number(place, field.name, value, self.ranges[field.name])
                object.__setattr__(self, field.name, whole(number) if field.name in SPANS else number)
            elif field.name in self.words:
                if value not in self.words[field.name]:
                    raise BadInput(f"{place}: " + unknown(field.name, value, self.words[field.name]))
            elif not isinstance(value, bool):
                raise BadInput(f"{place}: {field.name} is {value!r}; it must be True or False")


@dataclass(frozen=True, kw_only=True)
class StepDecay(_Piece):
    """initial factor^floor(k / every). torch: StepLR. Keras: ExponentialDecay(staircase=True)."""

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "every": SPAN, "factor": POSITIVE}

    initial: float
    every: float
    factor: float


@dataclass(frozen=True, kw_only=True)
class ExponentialDecay(_Piece):
    """initial rate^(k / over). torch: ExponentialLR (over = 1). Keras: ExponentialDecay."""

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "rate": POSITIVE, "over": SPAN}

    initial: float
    rate: float
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class InverseTimeDecay(_Piece):
    """initial / (1 + rate k / over)^power; with `staircase`, of floor(k / over).

    torch: Adagrad's lr_decay. Keras: InverseTimeDecay. With the power 1/2, transformers' get_inverse_sqrt_schedule.
    """

    ranges: ClassVar[Mapping[str, Range]] = {
        "initial": POSITIVE,
        "rate": NOT_NEGATIVE,
        "over": SPAN,
        "power": POSITIVE,
    }

    initial: float
    rate: float
    over: float = 1.0
    power: float = 1.0
    staircase: bool = False


@dataclass(frozen=True, kw_only=True)
class PolynomialDecay(_Piece):
    """A line, or a power of one, from `initial` to `final`, which may be above: a warm-up. With p = min(k, over) / over

        final + (initial - final) (1 - p)^power    of the share that is left: torch and Keras
        initial + (final - initial) p^power        of the share that is done: transformers' "1-sqrt"

    and it stays there after `over` steps. With `cycle`, as in Keras, it starts again with a longer line: p = k / over',
    where over' is the next multiple of `over`.

    torch: LinearLR, PolynomialLR. Keras: PolynomialDecay, the warm-up of CosineDecay.
    """

    ranges: ClassVar[Mapping[str, Range]] = {
        "initial": NOT_NEGATIVE,
        "final": NOT_NEGATIVE,
        "over": POSITIVE,
        "power": POSITIVE,
    }
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {"share": ("left", "done")}

    initial: float
    over: float
    final: float = 0.0
    power: float = 1.0
    cycle: bool = False
    share: Literal["left", "done"] = "left"


@dataclass(frozen=True, kw_only=True)
class CosineDecay(_Piece):
    """initial ((1 - floor) (1 + cos(pi min(k, over) / over)) / 2 + floor). A floor above 1 is a ceiling.

    Keras: CosineDecay(alpha=floor), which stays low after `over` steps.
    torch: CosineAnnealingLR(T_max=over, eta_min=initial floor), which `rises` again: k in place of min(k, over).

    Paper: Loshchilov and Hutter 2017. Sources: torch/optim/lr_scheduler.py, keras/src/optimizers/schedules.
    """

    ranges: ClassVar[Mapping[str, Range]] = {"initial": POSITIVE, "over": POSITIVE, "floor": NOT_NEGATIVE}

    initial: float
    over: float
    floor: float = 0.0
    rises: bool = False


@dataclass(frozen=True, kw_only=True)
class CosineRestarts(_Piece):
    """initial ((1 - floor) m_mul^i (1 + cos(pi p)) / 2 + floor) in cycle i, of which p is done.

    The first cycle has `over` steps, and each t_mul times as many as the one before.
    torch: CosineAnnealingWarmRestarts (m_mul = 1). Keras: CosineDecayRestarts. Paper: Loshchilov and Hutter 2017.
    """

    ranges: ClassVar[Mapping[str, Range]] = {
        "initial": POSITIVE,
        "over": SPAN,
        "t_mul": Range(ge=1),
        "m_mul": POSITIVE,
        "floor": NOT_NEGATIVE,
    }

    initial: float
    over: float
    t_mul: float = 1.0
    m_mul: float = 1.0
    floor: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Cyclic(_Piece):
    """initial + (peak - initial) h s: h goes from 0 to 1 in `up` steps and back in `down`, over and over.

    s is `factor` to the power of the cycles that are over, or with `fades` = "update" of k.
    torch: CyclicLR (triangular, triangular2 with 1/2, exp_range by updates). Paper: Smith 2017.
    """

    ranges: ClassVar[Mapping[str, Range]] = {
        "initial": NOT_NEGATIVE,
        "peak": NOT_NEGATIVE,
        "up": POSITIVE,
        "down": POSITIVE,
        "factor": POSITIVE,
    }
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {"fades": ("cycle", "update")}

    initial: float
    peak: float
    up: float
    down: float
    factor: float = 1.0
    fades: Literal["cycle", "update"] = "cycle"


Piece = StepDecay | ExponentialDecay | InverseTimeDecay | PolynomialDecay | CosineDecay | CosineRestarts | Cyclic


@dataclass(frozen=True, kw_only=True)
class Sequential:
    """One after the other: the piece i from step at[i - 1] on, where its own k is 0.

    With numbers for pieces it is piecewise constant. torch: SequentialLR, MultiStepLR. Keras: PiecewiseConstantDecay,
    whose boundaries are one less: b is the last step of the piece before.

    Raises:
        BadInput: there are not as many switches as pieces but one, or they do not rise.
    """

    pieces: "tuple[float | Schedule, ...]"
    at: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "pieces", _rates("Sequential", "pieces", self.pieces))
        at = tuple(whole(check_number("Sequential", f"at[{i}]", n, POSITIVE)) for i, n in enumerate(self.at))
        object.__setattr__(self, "at", at)
        if len(at) != len(self.pieces) - 1:
            raise BadInput(f"Sequential: at has {len(at)} steps for {len(self.pieces)} pieces; it must have one less")
        if any(late <= early for early, late in pairwise(at)):  # never of symbols
            raise BadInput(f"Sequential: at is {at}; each step must be above the one before")


@dataclass(frozen=True, kw_only=True)
class Product:
    """The factors, multiplied. torch: ChainedScheduler, where each scheduler multiplies the rate."""

    factors: "tuple[float | Schedule, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", _rates("Product", "factors", self.factors))


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A schedule that counts something else than updates: it is at step times k + plus, or floor of that over `per`.

    Epochs of n updates: per=n. Keras's, which counts micro-batches where n of them make an update: times=n, plus=n - 1.
    A part of a longer schedule: plus.
    """

    of: "Schedule"
    times: int = 1
    plus: float = 0.0
    per: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.of, Schedule):
            raise BadInput(f"Clock: of is {self.of!r}; it must be a schedule")
        for name, allowed in {"times": STEPS, "plus": NOT_NEGATIVE, "per": STEPS}.items():
            object.__setattr__(self, name, check_number("Clock", name, getattr(self, name), allowed))


Schedule = Piece | Sequential | Product | Clock


def _rates(place: str, name: str, values: object) -> "tuple[float | Schedule, ...]":
    """Numbers and schedules, the numbers as Python's own."""
    if not isinstance(values, tuple | list) or not values:
        raise BadInput(f"{place}: {name} is {values!r}; it must be a tuple of numbers and schedules")
    return tuple(
        value if isinstance(value, Schedule) else check_number(place, f"{name}[{i}]", value, NOT_NEGATIVE)  # type: ignore[misc]  # nor a rate
        for i, value in enumerate(values)
    )
