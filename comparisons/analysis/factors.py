"""The fields in which two rules differ, and every rule between the two."""

from dataclasses import dataclass, fields, replace
from typing import Any

from comparisons.frameworks.express import differing
from comparisons.names import BadInput
from comparisons.rules import Rule

MOST = 10  # factors: their subsets are two to that power, and each is trained


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Fields that are switched together, nearly always a single one, with their values in the two rules."""

    fields: tuple[str, ...]
    source: tuple[object, ...]
    target: tuple[object, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return " + ".join(self.fields)


def factors(source: Rule, target: Rule) -> tuple[Factor, ...]:
    """The factors in which the rule of the target differs from that of the source, in the order of the fields.

    A field that differs is left out if switching it never has an effect, whatever the others are: a coupling of weight
    decay where there is no weight decay. Fields of which one cannot be switched without another are one factor: SGD
    has no rule with both dampening and nesterov, so from one to the other takes both at once.

    Raises:
        BadInput: the rules are of two families, or differ in more than MOST factors.
    """
    if type(source) is not type(target):
        families = f"{type(source).__name__} and {type(target).__name__}"
        raise BadInput(f"{families} are different optimizers, not one with other settings; explain one of them")
    names = [field.name for field in fields(source) if getattr(source, field.name) != getattr(target, field.name)]
    groups = _grouped(source, target, names)
    if len(groups) > MOST:
        raise BadInput(
            f"{type(source).__name__}: the rules differ in {len(groups)} fields ({', '.join(names)}); "
            f"at most {MOST} can be told apart, give more of them the same value"
        )
    found = [_factor(source, target, group) for group in groups]
    rules = subsets(source, target, found)
    effective = [factor for i, factor in enumerate(found) if _has_effect(rules, 1 << i)]
    return tuple(effective)


def subsets(source: Rule, target: Rule, switched: tuple[Factor, ...] | list[Factor]) -> list[Rule]:
    """The rules with the factors of every subset taken from the target, the rest from the source.

    Factor i belongs to subset s if bit i of s is set. A field that is no factor has no effect; it keeps the value of
    the source, except in the last subset, which is the rule of the target itself.
    """
    count = 1 << len(switched)
    chosen = [[factor for i, factor in enumerate(switched) if s >> i & 1] for s in range(count - 1)]
    return [*(_switched(source, target, some) for some in chosen), target]


def _switched(source: Rule, target: Rule, some: list[Factor]) -> Rule:
    changes: dict[str, Any] = {name: getattr(target, name) for factor in some for name in factor.fields}
    return replace(source, **changes)


def _factor(source: Rule, target: Rule, names: tuple[str, ...]) -> Factor:
    source_values, target_values = (tuple(getattr(rule, name) for name in names) for rule in (source, target))
    return Factor(fields=names, source=source_values, target=target_values)


def _has_effect(rules: list[Rule], bit: int) -> bool:
    """Whether switching the factor of that bit changes what any of the rules does."""
    return any(differing(rule, rules[s | bit]) for s, rule in enumerate(rules) if not s & bit)


def _grouped(source: Rule, target: Rule, names: list[str]) -> list[tuple[str, ...]]:
    """The names, in order, those in one group that cannot be switched freely.

    A field hinders if switching it alone makes a rule of what is none. Whether a subset is a rule then depends on the
    fields that hinder alone; switched together they are as in the source or as in the target, which are rules.
    """
    invalid = set()
    for s in range(1 << len(names)):
        try:
            replace(source, **{name: getattr(target, name) for i, name in enumerate(names) if s >> i & 1})
        except BadInput:
            invalid.add(s)
    hindering = [name for i, name in enumerate(names) if any(s ^ (1 << i) not in invalid for s in invalid)]
    free = [(name,) for name in names if name not in hindering]
    groups = [*free, tuple(hindering)] if hindering else free
    return sorted(groups, key=lambda group: names.index(group[0]))


def value(something: object) -> str:
    """The value of a field: a number short, a word as it is."""
    match something:
        case bool() | str():
            return str(something)
        case float():
            return f"{something:g}"
        case None:
            return "none"
        case _:
            return repr(something)


def values(some: tuple[object, ...]) -> str:
    """The values of a factor's fields."""
    return ", ".join(map(value, some))
