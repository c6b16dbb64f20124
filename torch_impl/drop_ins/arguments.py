"""The arguments of a drop-in: which field of its rule each one is, and what it may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from torch import Tensor

from comparisons.names import BadInput
from comparisons.rules import Rule, Schedule
from comparisons.rules.ranges import NOT_NEGATIVE, RANGES, check_number

Group = Mapping[str, Any]  # the entries of one of torch's parameter groups
State = dict[str, Any]  # name to tensor or number, of one parameter
Place = str | tuple[str, int]  # an argument; or (argument, index), where two fields share a pair

SPELLING: Mapping[str, Place] = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta1": ("betas", 0),
    "beta2": ("betas", 1),
}


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
        """The rule that the group's entries make; a number that a scheduler left as a tensor counts as Python's."""
        values = {name: entry(group, place) for name, place in self.places.items()}
        tensors = {name: float(value) for name, value in values.items() if isinstance(value, Tensor)}
        return self.rule(**{**values, **tensors})

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
        """Raise BadInput, a ValueError, unless each number is one that its field may be."""
        for name, place in self.places.items():
            label = place if isinstance(place, str) else self._element(place[0], group[place[0]], place[1])
            value = entry(group, place)
            if isinstance(value, Tensor) and not value.ndim:
                value = value.item()  # torch takes such a learning rate
            if name in RANGES and not isinstance(value, Schedule):
                allowed = NOT_NEGATIVE if name == "learning_rate" else RANGES[name]
                check_number(self.rule.__name__, label, value, allowed)

    def _element(self, name: str, value: Any, index: int) -> str:
        """What to call an element of a pair."""
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise BadInput(f"{self.rule.__name__}: {name} is {value!r}; it must be a pair of numbers")
        return f"{name}[{index}]"


def entry(group: Group, place: Place) -> Any:
    """What the group has at that place."""
    return group[place] if isinstance(place, str) else group[place[0]][place[1]]
