"""What surrounds the update proper, the same for every rule: the learning rate, weight decay, clipping."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from comparisons.names import BadInput, unknown
from comparisons.ranges import RANGES, check_number
from comparisons.rules.schedules import Schedule


@dataclass(frozen=True, kw_only=True)
class ClipValue:
    """Every element of the gradient into [-limit, limit]. torch: clip_grad_value_. Keras: clipvalue."""

    limit: float

    def __post_init__(self) -> None:
        check_number("ClipValue", "limit", self.limit, "limit")


@dataclass(frozen=True, kw_only=True)
class ClipNorm:
    """Each tensor's gradient g to the norm `limit` at most.

    padded (torch, clip_grad_norm_):  g min(1, limit / (|g| + 1e-6))
    exact (Keras, clipnorm):          g limit / max(|g|, limit)
    """

    limit: float
    formula: Literal["padded", "exact"]

    def __post_init__(self) -> None:
        check_number("ClipNorm", "limit", self.limit, "limit")


@dataclass(frozen=True, kw_only=True)
class ClipGlobalNorm:
    """The gradients of all tensors together to the norm `limit` at most; the formulas are ClipNorm's.

    torch: clip_grad_norm_ over all parameters. Keras: global_clipnorm, as g limit min(1 / |all|, 1 / limit).
    """

    limit: float
    formula: Literal["padded", "exact"]

    def __post_init__(self) -> None:
        check_number("ClipGlobalNorm", "limit", self.limit, "limit")


Clip = ClipValue | ClipNorm | ClipGlobalNorm


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The fields that every rule has.

    The order of a step, in both frameworks: clip the gradient; decay the weights; update.
        coupled:    g <- g + weight_decay theta                          L2, torch except AdamW
        decoupled:  theta <- theta - learning_rate weight_decay theta    Keras, AdamW

    Paper: Loshchilov and Hutter 2019 (decoupled).
    Sources: torch/optim/*.py, torch/nn/utils/clip_grad.py, keras/src/optimizers/base_optimizer.py.

    Raises:
        BadInput: a field is out of its range; numbers are kept as Python floats, so that they take the arrays' dtype.
    """

    learning_rate: float | Schedule
    weight_decay: float = 0.0
    weight_decay_coupling: Literal["coupled", "decoupled"] = "coupled"
    clip: Clip | None = None

    def __post_init__(self) -> None:
        place = type(self).__name__
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in RANGES and not isinstance(value, Schedule):
                check_number(place, field.name, value, field.name)
                if value is not None:
                    object.__setattr__(self, field.name, float(value))
            elif (allowed := get_args(field.type)) and all(isinstance(word, str) for word in allowed):
                if value not in allowed:
                    raise BadInput(f"{place}: " + unknown(field.name, value, allowed))
            elif field.type is bool and not isinstance(value, bool):
                raise BadInput(f"{place}: {field.name} is {value!r}; it must be True or False")
