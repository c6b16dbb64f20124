"""What a whole recipe is: the text, and by hand what it says and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparisons.rules import Clip
from comparisons.rules.training import ALL, Accumulation, Average, Selector


@dataclass(frozen=True, kw_only=True)
class Of:
    """A group: its tensors, the name of its rule, and those of the rule's fields that matter."""

    rule: str
    fields: Mapping[str, object]
    tensors: Selector = ALL


def of(rule: str, tensors: Selector = ALL, **fields: object) -> Of:
    """A group, in a line."""
    return Of(rule=rule, tensors=tensors, fields=fields)


def held(label: str) -> Selector:
    """Tensors of which the text says no more than what they are called."""
    return Selector(label=label, known=False)


@dataclass(frozen=True, kw_only=True)
class To:
    """What it becomes elsewhere: the class of each group, the fields that differ, what the lines to paste must hold."""

    classes: tuple[str, ...]
    fields: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def to(*classes: str, fields: str = "", lines: tuple[str, ...] = (), absent: tuple[str, ...] = ()) -> To:
    """The same in a line: fields are separated by spaces."""
    return To(classes=classes, fields=frozenset(fields.split()), lines=lines, absent=absent)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A recipe.

    Args:
        name: what the tests call it.
        text: what a person pastes.
        groups: in the order of the text.
        rates: the learning rate of the first group at step k of its schedule, 0 at the first; {} for a constant one.
        by: the schedule as an expression that the framework itself can run: torch's over `opt`, of rate `base`.
        base: the rate that the optimizer is made with.
        per: what the steps of the schedule count if not updates: updates in an epoch, by the name that they then have.
        clip: what is clipped over the tensors of all groups.
        gaps: words of which each stands in some named gap.
        refused: words of the reason why no rule is it, and of what there is instead.
        apart: whether the groups are trainings by themselves, each with a loss of its own or a step of its own.
        or_gap: words that a gap may have in place of the rates.
        to: what it becomes in the other framework.
    """

    name: str
    text: str
    groups: tuple[Of, ...]
    rates: Mapping[int, float] = field(default_factory=dict)
    by: str = ""
    base: float = 1.0
    per: str = ""
    clip: Clip | None = None
    accumulation: Accumulation | None = None
    average: Average | None = None
    gaps: tuple[str, ...] = ()
    or_gap: str = ""
    refused: tuple[str, ...] = ()
    apart: bool = False
    to: To | None = None
