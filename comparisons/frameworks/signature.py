"""What a framework's classes take: which field of which rule each argument sets, and by which default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from comparisons.frameworks.call import NativeCall, Value
from comparisons.rules import Rule
from comparisons.rules.ranges import RANGES, Range
from comparisons.rules.training import Selector

OFF = ""  # the field of an argument that bears on no update: how to compute, a name


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of a native class.

    Args:
        default: what the class takes when it is not given.
        field: the field of the rule that it sets, by the rule's name; several for a tuple; OFF for none.
        words: where the native values are other words for the field's, from the one to the other.
        allowed: the numbers it may be, where they are not those of RANGES.
        must_keep_default: an argument without a field, of which no rule has a word for another value.
        relevant_if: such an argument, which only says something where the argument of this name is not its default.
        required: it has no default and must be given.
        keyword_only: it must be given by its name.
    """

    default: Value = None
    field: str | tuple[str, ...] = OFF
    words: Mapping[Value, Value] | None = None
    allowed: Range | None = None
    must_keep_default: bool = False
    relevant_if: str = ""
    required: bool = False
    keyword_only: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it sets."""
        return self.field if isinstance(self.field, tuple) else (self.field,) if self.field != OFF else ()

    @property
    def range(self) -> Range | None:
        """The numbers it may be; None if it is not a number."""
        return self.allowed or RANGES.get(str(self.field))

    def to_python(self, value: Value) -> Value:
        """The value with Python's own floats for its numbers; None if it is off, which is its default then."""
        match self.field:
            case _ if self.words is not None:  # of two words for one the last
                return {word: native for native, word in self.words.items()}[self.words[value]]
            case tuple(parts):
                numbers = cast(tuple[float | None, ...], value)
                return tuple(RANGES[part].to_python(number) for part, number in zip(parts, numbers, strict=True))
            case _ if self.default is None and self.field != OFF and not value:
                return None
            case _ if self.range is not None and not isinstance(value, NativeCall):
                return self.range.to_python(value)
            case _:
                return value


Arguments = Mapping[str, Argument]
Fields = dict[str, Any]  # of a rule, by name; a learning rate may be the call of a schedule


def as_read(fields: Fields) -> Fields:
    """The fields as the arguments set them, each by itself."""
    return fields


@dataclass(frozen=True, kw_only=True)
class NativeClass:
    """A native class: the rule it follows.

    Args:
        rule: the family.
        arguments: in the order of the signature.
        fixed_fields: fields of the rule that the class cannot set, with the values it has for them.
        nesterov_needs_velocity: it refuses to be nesterov without momentum or with dampening.
        mean_by_difference: it takes a mean as v + (g^2 - v) (1 - beta2), and not as beta2 v + (1 - beta2) g^2.
        float64_gap: how far from the rule it leads in float64, relative, by a constant that goes through float32.
        settle: the fields of the rule, where what one argument sets depends on another; a BadInput where no rule has a
            word for what they say together. unsettle: the reverse, for writing.
        rest: how it steps the tensors that the rule is not for, where it takes those too.
        source: the file that says so.
    """

    rule: type[Rule]
    arguments: Arguments
    fixed_fields: Mapping[str, Value] = field(default_factory=dict)
    nesterov_needs_velocity: bool = False
    mean_by_difference: bool = False
    float64_gap: float = 0.0
    settle: Callable[[Fields], Fields] = as_read
    unsettle: Callable[[Fields], Fields] = as_read
    rest: "Rest | None" = None
    source: str

    @property
    def signature(self) -> dict[str, Value]:
        """Argument to default, of the arguments that bear on the update."""
        return {name: argument.default for name, argument in self.arguments.items() if argument.field != OFF}


@dataclass(frozen=True, kw_only=True)
class Rest:
    """The other rule of a class that has two.

    Args:
        native: the class once more, as what it is for the tensors that its first rule is not for.
        tensors: the arguments to those that the first rule is for.
        alone: the arguments by which the first rule is for all that it can move.
    """

    native: NativeClass
    tensors: Callable[[Mapping[str, Value]], Selector]
    alone: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Package:
    """A module of optimizers that others have written for a framework, or an older release of the framework's own.

    Its calls are read, and nothing is written in it: what it has, is translated by its rules.

    Args:
        module: as its calls name it.
        aliases: what people write before the last dot.
        classes: those that follow a rule, by name.
        no_rule: those that do not, each with the reason.
    """

    module: str
    aliases: tuple[str, ...] = ()
    classes: Mapping[str, NativeClass]
    no_rule: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecipeClass:
    """How a recipe's optimizer is written: the class, and the arguments that make it this optimizer."""

    name: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
