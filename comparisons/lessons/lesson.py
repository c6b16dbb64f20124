"""A lesson: claims, the code that shows them, and what to do about them. A file each in this folder, as `LESSON`."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from types import SimpleNamespace as Left  # what a script leaves: its names as attributes
from typing import Any, Literal, get_args

from comparisons.tasks.streams import Array

Chapter = Literal["First steps", "Optimizers", "Around the step", "Arithmetic"]
Change = tuple[str, str]  # in all the code of a lesson, what stands there to what stands there instead

CHAPTERS: tuple[Chapter, ...] = get_args(Chapter)  # in reading order
ONE_BILLIONTH = 1e-9  # of a number, for what is exact but for the last digits of float64


@dataclass(frozen=True, kw_only=True)
class Code:
    """What the reader sees, and what runs: a short script for each framework that has a part in the lesson.

    Each stands alone. The names that it leaves are what the lesson measures by.
    """

    numpy: str = ""
    torch: str = ""
    tf: str = ""

    def scripts(self) -> Iterator[tuple[str, str]]:
        """Framework and script, in order."""
        for one in fields(self):
            if script := getattr(self, one.name).strip("\n"):
                yield one.name, f"{script}\n"

    def changed(self, changes: tuple[Change, ...]) -> "Code":
        """The code with other words in it.

        Raises:
            ValueError: what is to be changed stands nowhere.
        """
        texts = {one.name: getattr(self, one.name) for one in fields(self)}
        for old, new in changes:
            if not any(old in text for text in texts.values()):
                raise ValueError(f"no script has {old!r}")
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        return Code(**texts)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence and the number that it stands on.

    Args:
        says: the sentence, under 25 words, its numbers as slots: "They end {gap:.1e} apart."
        number: the measured one that must lie in `between`.
        between: the least and the largest; see `near`, `above` and `below`.
        because: the reason of these bounds.
        equal: the changes with which it must fail; those of the lesson if there are none.
    """

    says: str
    number: str
    between: tuple[float, float]
    because: str
    equal: tuple[Change, ...] = ()

    def holds(self, numbers: Mapping[str, float | str]) -> bool:
        """Whether the number lies between the bounds."""
        low, high = self.between
        return low <= float(numbers[self.number]) <= high


def near(expected: float, *, relative: float = 0.0, absolute: float = 0.0) -> tuple[float, float]:
    """As close to the expected number as that; equal to it if nothing is given."""
    off = max(abs(expected) * relative, absolute)
    return expected - off, expected + off


def above(least: float) -> tuple[float, float]:
    """That much at least, and finite."""
    return least, sys.float_info.max


def below(most: float) -> tuple[float, float]:
    """At most that in size."""
    return -most, most


@dataclass(frozen=True)
class Line:
    """A curve: values `y` at `x`, which counts from 1 if it is not given; a framework's has its colour."""

    label: str
    y: Array | list[float]
    _: KW_ONLY
    x: Array | list[float] | None = None
    framework: str = ""

    def points(self) -> list[tuple[float, float]]:
        """x and y, a pair each."""
        x = range(1, len(self.y) + 1) if self.x is None else self.x
        return [(float(a), float(b)) for a, b in zip(x, self.y, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """A picture of curves. The title says what to see."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    log_x: bool = False
    log_y: bool = False
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bar:
    """A bar, with the number at its end; a framework's has its colour."""

    label: str
    value: float
    framework: str = ""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A picture of bars. The title says what to see; `form` is how the numbers are written."""

    title: str
    x: str
    bars: tuple[Bar, ...]
    log: bool = False
    form: str = ".3g"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What an experiment found.

    Args:
        numbers: by name, those that sentences and claims speak of; words, where a sentence quotes them.
        picture: what is to be seen of it.
        table: rows to print below the picture, the first of headings; by itself it is made of the picture.
    """

    numbers: Mapping[str, float | str]
    picture: Curves | Bars
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson. Its id is the name of its file, with hyphens.

    Args:
        chapter, place: where it stands on the path: by chapter, then by place, then by id.
        title: a few words. question: the one that it answers, as somebody would ask it.
        claims: what is learned, the first in the title's place where there is room for one sentence only.
        code: the scripts.
        measure: the names left by the scripts (`numpy`, `torch` and `tf`, those of which there is code), to what they
            show. Nothing is known of a number before.
        equal: changes of the code that make the two sides equal, so that every claim fails.
        porting: what to do, a sentence each, with slots as in a claim.
        command: of triptych, to go on with: the `port` that carries it across, if there is one.
    """

    chapter: Chapter
    place: int
    title: str
    question: str
    claims: tuple[Claim, ...]
    code: Code
    measure: Callable[..., Measured]
    equal: tuple[Change, ...] = ()
    porting: tuple[str, ...] = field(default=())
    command: str = ""

    def __post_init__(self) -> None:
        if self.chapter not in CHAPTERS:
            raise ValueError(f"chapter is '{self.chapter}'; it must be one of {', '.join(CHAPTERS)}")
        if not self.claims:
            raise ValueError(f"{self.title}: a lesson claims something")


def largest_gap(one: Any, other: Any) -> float:
    """The largest |difference| of two sequences of numbers; infinite where one of them is not finite."""
    gaps = [abs(float(a) - float(b)) for a, b in zip(one, other, strict=True)]
    return max((gap if math.isfinite(gap) else math.inf for gap in gaps), default=0.0)


__all__ = [
    "Bar",
    "Bars",
    "Claim",
    "Code",
    "Curves",
    "Left",
    "Lesson",
    "Line",
    "Measured",
    "above",
    "below",
    "largest_gap",
    "near",
]
