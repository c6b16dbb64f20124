"""What a recipe says of the loop around its optimizer: groups of tensors, a schedule, a clip, an average."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from comparisons.inputs.text import LONGEST_LABEL, check_text
from comparisons.names import BadInput, unknown
from comparisons.rules.ranges import RANGES, Range, check_number
from comparisons.rules.schedules import CosineDecay, PolynomialDecay, Schedule, Sequential

Fall = Literal["cosine", "linear"]
FALLS: tuple[Fall, ...] = get_args(Fall)


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """Tensors whose optimizer has other numbers than the recipe's.

    Args:
        names: a pattern of their names, as of a shell: `bias*`.
        learning_rate, weight_decay: None for the recipe's.

    Raises:
        BadInput: a number is out of its range, or none is given.
    """

    names: str
    learning_rate: float | None = None
    weight_decay: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.names, str) or not self.names:
            raise BadInput(f"tensors: names is {self.names!r}; it must be a pattern of names, for example 'bias*'")
        check_text("tensors", "names", self.names, LONGEST_LABEL)
        if not self.given():
            raise BadInput("tensors: no number is given; give a learning_rate or a weight_decay of their own")
        for name, value in self.given().items():
            check_number("tensors", name, value, RANGES[name])

    def given(self) -> dict[str, float]:
        """The numbers of their own."""
        values = {"learning_rate": self.learning_rate, "weight_decay": self.weight_decay}
        return {name: value for name, value in values.items() if value is not None}


RANGES_OF_LOOP = {
    "warmup": Range(ge=0, integer=True),
    "updates": Range(ge=1, integer=True, none=True),
    "clip_norm": Range(gt=0, none=True),
    "accumulate": Range(ge=1, integer=True),
    "average": Range(ge=0, lt=1, none=True),
}


@dataclass(frozen=True, kw_only=True)
class Loop:
    """What a person writes around an optimizer, and no more; each framework does it in its own way.

    Args:
        tensors: those with numbers of their own; a tensor belongs to the first that it matches.
        warmup: the updates in which the learning rate rises from 0 in a line; 0 for none.
        fall: how it falls to 0 afterwards; None if it stays. updates: at which update it gets there.
        clip_norm: what the norm of all gradients together is clipped to; None for no clip.
        accumulate: of how many batches the mean gradient makes an update.
        average: the decay of an exponential average of the weights, which is then what is evaluated; None for none.

    Raises:
        BadInput: a field is out of its range, or does not go with another.
    """

    tensors: tuple[Tensors, ...] = ()
    warmup: int = 0
    fall: Fall | None = None
    updates: int | None = None
    clip_norm: float | None = None
    accumulate: int = 1
    average: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name in RANGES_OF_LOOP:
                value = check_number("loop", field.name, getattr(self, field.name), RANGES_OF_LOOP[field.name])
                object.__setattr__(self, field.name, value)
        if self.fall is not None and self.fall not in FALLS:
            raise BadInput("loop: " + unknown("fall", self.fall, FALLS))
        if (self.fall is None) != (self.updates is None):
            raise BadInput(f"loop: fall is {self.fall} and updates is {self.updates}; give both or neither")
        if self.updates is not None and self.updates <= self.warmup:
            raise BadInput(f"loop: updates is {self.updates}; it must be above warmup, {self.warmup}")

    def describe(self) -> str:
        """In a line."""
        said = [f"{one.names}: " + " ".join(f"{n} {v:g}" for n, v in one.given().items()) for one in self.tensors]
        if self.warmup:
            said.append(f"warm-up {self.warmup}")
        if self.fall is not None:
            said.append(f"{self.fall} to 0 at {self.updates}")
        if self.clip_norm is not None:
            said.append(f"clipped to norm {self.clip_norm:g}")
        if self.accumulate > 1:
            said.append(f"{self.accumulate} batches an update")
        if self.average is not None:
            said.append(f"averaged with {self.average:g}")
        return ", ".join(said)

    def rate(self, base: float) -> float | Schedule:
        """The learning rate of each update, where the highest is `base`."""
        falling: float | Schedule = base
        if self.updates is not None:
            over = self.updates - self.warmup
            falling = CosineDecay(initial=base, over=over)
            if self.fall == "linear":
                falling = PolynomialDecay(initial=base, over=over)
        if not self.warmup:
            return falling
        rising = PolynomialDecay(initial=0.0, final=base, over=self.warmup)
        return Sequential(pieces=(rising, falling), at=(self.warmup,))
