"""What surrounds the update proper, the same for every rule: the learning rate, weight decay, clipping."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, TypeVar, get_args

from comparisons.names import BadInput, unknown
from comparisons.rules.ranges import NOT_NEGATIVE, RANGES, Range, check_number
from comparisons.rules.schedules import Schedule, rate_at

Formula = Literal["padded", "exact"]


LED = ("weight_decay", "momentum", "beta1")  # fields that may be schedules as the learning rate is


@dataclass(frozen=True, kw_only=True)
class ClipValue:
    """Every element of the gradient into [-limit, limit]. torch: clip_grad_value_. Keras: clipvalue."""

    limit: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", check_number("ClipValue", "limit", self.limit, "limit"))


@dataclass(frozen=True, kw_only=True)
class ClipNorm:
    """Each tensor's gradient g to the norm `limit` at most.

    padded (torch, clip_grad_norm_):  g min(1, limit / (|g| + 1e-6))
    exact (Keras, clipnorm):          g limit / max(|g|, limit)
    """

    limit: float
    formula: Formula

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", check_number("ClipNorm", "limit", self.limit, "limit"))
        _check_word("ClipNorm", "formula", self.formula, get_args(Formula))


@dataclass(frozen=True, kw_only=True)
class ClipGlobalNorm:
    """The gradients of all tensors together to the norm `limit` at most; the formulas are ClipNorm's.

    torch: clip_grad_norm_ over all parameters. Keras: global_clipnorm, as g limit min(1 / |all|, 1 / limit).
    """

    limit: float
    formula: Formula

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", check_number("ClipGlobalNorm", "limit", self.limit, "limit"))
        _check_word("ClipGlobalNorm", "formula", self.formula, get_args(Formula))


Clip = ClipValue | ClipNorm | ClipGlobalNorm


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The fields that every rule has.

    The order of a step, in both frameworks: clip the gradient; decay the weights; update.
        coupled:    g <- g + weight_decay theta                          L2, torch except AdamW
        decoupled:  theta <- theta - learning_rate weight_decay theta    Keras, AdamW
    decoupled-last is decoupled, once the update is made: theta is the new one (AdamW of transformers, bitsandbytes).

    Paper: Loshchilov and Hutter 2019 (decoupled).
    Sources: torch/optim/*.py, torch/nn/utils/clip_grad.py, keras/src/optimizers/base_optimizer.py.

    Weight decay, momentum and beta1 may be schedules, too: `rule_at` has them as numbers.
    The learning rate may be 0, to which torch's schedulers take it now and then, though nobody would write it.

    Raises:
        BadInput: a field is out of its range; numbers are kept as Python floats, so that they take the arrays' dtype.
    """

    ranges: ClassVar[Mapping[str, Range]] = RANGES

    learning_rate: float | Schedule
    weight_decay: float = 0.0
    weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled"
    clip: Clip | None = None

    def __post_init__(self) -> None:
        place = type(self).__name__
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "learning_rate":
                if not isinstance(value, Schedule):
                    object.__setattr__(self, field.name, check_number(place, field.name, value, NOT_NEGATIVE))
            elif field.name == "clip":
                if not isinstance(value, Clip | None):
                    raise BadInput(
                        f"{place}: clip is {value!r}; it must be None, ClipValue, ClipNorm or ClipGlobalNorm"
                    )
            elif field.name in LED and isinstance(value, Schedule):
                pass
            elif field.name in self.ranges:
                object.__setattr__(self, field.name, check_number(place, field.name, value, self.ranges[field.name]))
            elif field.type is bool:
                if not isinstance(value, bool):
                    raise BadInput(f"{place}: {field.name} is {value!r}; it must be True or False")
            else:
                _check_word(place, field.name, value, get_args(field.type))

    @property
    def decay_side(self) -> Literal["before", "after"]:
        """On which side of the update proper decoupled weight decay stands, where it is not within it."""
        return "after" if self.weight_decay_coupling == "decoupled-last" else "before"

    @property
    def decay_place(self) -> Literal["before", "within", "after"]:
        """Where decoupled weight decay stands: before the update proper, within it at a place of its own, or after.

        A rule that has its own asks `decay_side`, not `super()`, through which torch.compile does not see a property.
        """
        return self.decay_side


Led = TypeVar("Led", bound=Surroundings)


def rule_at(rule: Led, k: int) -> Led:
    """The rule of the update after k others: its schedules as numbers, but for the learning rate."""
    led = {name: value for name in LED if isinstance(value := getattr(rule, name, None), Schedule)}
    numbers: dict[str, Any] = {name: rate_at(value, k) for name, value in led.items()}
    return replace(rule, **numbers) if led else rule


def _check_word(place: str, name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(f"{place}: " + unknown(name, value, allowed))
