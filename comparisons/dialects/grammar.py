"""What a dialect is made of: its classes, and which field of which rule each argument sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparisons.calls import Value
from comparisons.rules import Rule

OFF = ""  # the field of an argument that bears on no update: how to compute, a name


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of a native class.

    Args:
        default: what the class takes when it is not given.
        field: the field of the rule that it sets, by the rule's name; two fields for a pair; OFF for none.
        words: where the native values are other words for the field's, from the one to the other.
        only: an argument without a field that must keep its default: the rule has no word for anything else.
    """

    default: Value
    field: str | tuple[str, str] = OFF
    words: Mapping[Value, Value] | None = None
    only: bool = False


@dataclass(frozen=True, kw_only=True)
class NativeClass:
    """A native class: the rule it follows.

    Args:
        rule: the family.
        arguments: in the order of the signature.
        always: fields of the rule that the class cannot set, with the values it has for them.
        source: the file that says so.
    """

    rule: type[Rule]
    arguments: Mapping[str, Argument]
    always: Mapping[str, Value] = field(default_factory=dict)
    source: str

    @property
    def signature(self) -> dict[str, Value]:
        """Argument to default, of the arguments that bear on the update."""
        return {name: argument.default for name, argument in self.arguments.items() if argument.field != OFF}


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a recipe's optimizer is written: the class, and the arguments that make it this optimizer."""

    name: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
