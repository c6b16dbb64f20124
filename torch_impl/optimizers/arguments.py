"""The arguments of a drop-in: which field of its rule each one is, and what it may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from torch import Tensor

from comparisons.names import BadInput
from comparisons.rules import Rule, Schedule
from torch_impl.optimizers.checks import choice, flag, number

Group = Mapping[str, Any]  # the entries of one of torch's parameter groups
State = dict[str, Any]  # name to tensor or number, of one parameter
Place = str | tuple[str, int]  # an argument; or (argument, index), where two fields share a pair

SPELLING: Mapping[str, Place] = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta1": ("betas", 0),
    "beta2": ("betas", 1),
}
INTERVALS: Mapping[str, str] = {
    "momentum": "[0, 1]",
    "rho": "[0, 1)",
    "dampening": "[0, 1)",
    "beta1": "[0, 1)",
    "beta2": "[0, 1)",
    "shrinkage": "(0, 1)",
    "growth": "(1, inf)",
    "learning_rate_power": "(-inf, 0]",
    "beta2_decay": "(-inf, 0]",
    "clip_threshold": "(0, inf)",
}  # of the numbers that do not just have to be in [0, inf)
OTHERS: Mapping[str, tuple[Any, str]] = {
    "learning_rate": (Schedule, " or a Schedule"),
    "epsilon1": (NoneType, " or None"),
}
NO_NUMBERS = (bool, str, NoneType, *get_args(Schedule))


@dataclass(frozen=True)
class Family:
    """A rule in torch.

    Args:
        rule: the class of its record.
        start: the state of a parameter before the first step, by the names that torch.optim has for it.
        update: one step of a parameter.
        spelling: the fields whose arguments are called neither as in SPELLING nor as themselves.
    """

    rule: type[Any]
    start: Callable[[Any, Tensor], State]
    update: Callable[[Any, int, float, Tensor, Tensor, State], None]
    spelling: Mapping[str, Place] = field(default_factory=dict)

    @cached_property
    def places(self) -> dict[str, Place]:
        """The rule's fields, and where they are among the arguments; clipping is not."""
        spelling = {**SPELLING, **self.spelling}
        names = [field.name for field in fields(self.rule) if field.name != "clip"]
        return {name: spelling.get(name, name) for name in names}

    def read(self, group: Group) -> Any:
        """The rule that the group's entries make; every number in it is a float of Python's."""
        values = {name: entry(group, place) for name, place in self.places.items()}
        return self.rule(**{name: x if isinstance(x, NO_NUMBERS) else float(x) for name, x in values.items()})

    def write(self, rule: Rule) -> dict[str, Any]:
        """The arguments that make the rule."""
        arguments: dict[str, Any] = {}
        for name, place in self.places.items():
            match place:
                case str(argument):
                    arguments[argument] = getattr(rule, name)
                case (argument, _):  # a rule has the fields of a pair in its order
                    arguments[argument] = (*arguments.get(argument, ()), getattr(rule, name))
        return arguments

    def check(self, group: Group) -> None:
        """Raise BadInput, a ValueError, unless each entry is one that its field may be."""
        kinds = get_type_hints(self.rule)
        for name, place in self.places.items():
            label = place if isinstance(place, str) else pair(place[0], group[place[0]], place[1])
            value, kind = entry(group, place), kinds[name]
            if kind is bool:
                flag(label, value)
            elif get_origin(kind) is Literal:
                choice(label, value, *get_args(kind))
            else:
                other, words = OTHERS.get(name, ((), ""))
                if not isinstance(value, other):
                    number(label, value, INTERVALS.get(name, "[0, inf)"), words)


def entry(group: Group, place: Place) -> Any:
    """What the group has at that place."""
    return group[place] if isinstance(place, str) else group[place[0]][place[1]]


def pair(name: str, value: Any, index: int) -> str:
    """What to call an element of a pair."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise BadInput(f"{name} is {value!r}; it must be a pair of numbers")
    return f"{name}[{index}]"
