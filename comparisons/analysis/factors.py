"""The parts in which two rules or trainings differ, and every one between the two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from comparisons.analysis.parts import Parts, Path, Subject, comparable, differences, merged, shown
from comparisons.frameworks.express import differing
from comparisons.names import BadInput
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.training import Training

KNOWN = 512  # pairs of rules whose factors are kept: each is asked for in both dtypes, and at several levels
MOST = 10  # factors: their subsets are two to that power, and each is trained


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Fields that are switched together, nearly always a single one, with their values on the two sides.

    Args:
        fields: their names; `weight_decay [bias*]` is that of a group, `clip.formula` one of what surrounds all.
        paths: where their values are.
    """

    fields: tuple[str, ...]
    paths: tuple[Path, ...]
    source: tuple[object, ...]
    target: tuple[object, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return " + ".join(self.fields)


@lru_cache(KNOWN)
def factors(source: Subject, target: Subject) -> tuple[Factor, ...]:
    """The factors in which the rule of the target differs from that of the source, in the order of the fields.

    A field that differs is left out if switching it never has an effect, whatever the others are: a coupling of weight
    decay where there is no weight decay. Fields of which one cannot be switched without another are one factor: SGD
    has no rule with both dampening and nesterov, so from one to the other takes both at once.

    Raises:
        BadInput: the rules are of two families, the trainings of two kinds of groups, or they differ in more than MOST
            factors.
    """
    source, target = comparable(source, target)
    parts = differences(source, target)
    groups = _grouped(source, target, parts)
    if len(groups) > MOST:
        raise BadInput(
            f"{_title(source)}: the rules differ in {len(groups)} fields ({', '.join(parts)}); "
            f"at most {MOST} can be told apart, give more of them the same value"
        )
    found = tuple(_factor(source, target, parts, group) for group in groups)
    rules = subsets(source, target, found)
    effective = [factor for i, factor in enumerate(found) if _has_effect(rules, 1 << i)]
    return tuple(effective)


@lru_cache(KNOWN)
def subsets(source: Subject, target: Subject, switched: tuple[Factor, ...]) -> tuple[Subject, ...]:
    """The rules with the factors of every subset taken from the target, the rest from the source.

    Factor i belongs to subset s if bit i of s is set. A field that is no factor has no effect; it keeps the value of
    the source, except in the last subset, which is the rule of the target itself.
    """
    source, target = comparable(source, target)
    count = 1 << len(switched)
    chosen = [[factor for i, factor in enumerate(switched) if s >> i & 1] for s in range(count - 1)]
    paths = [[path for factor in some for path in factor.paths] for some in chosen]
    return (*(merged(source, target, some) for some in paths), target)


def _factor(source: Subject, target: Subject, parts: Parts, names: tuple[str, ...]) -> Factor:
    paths = tuple(path for name in names for path in parts[name])
    source_values, target_values = (
        tuple(_one(dict.fromkeys(shown(subject, path) for path in parts[name])) for name in names)
        for subject in (source, target)
    )
    return Factor(fields=names, paths=paths, source=source_values, target=target_values)


def _one(distinct: Iterable[object]) -> object:
    """The value of all groups, where it is one."""
    values = tuple(distinct)
    return values[0] if len(values) == 1 else values


def _has_effect(rules: Sequence[Subject], bit: int) -> bool:
    """Whether switching the factor of that bit changes what any of the rules does."""
    return any(_differ(rule, rules[s | bit]) for s, rule in enumerate(rules) if not s & bit)


def _differ(one: Subject, other: Subject) -> bool:
    if isinstance(one, Training) or isinstance(other, Training):
        return canonical_of(one) != canonical_of(other)
    return bool(differing(one, other))


def _title(subject: Subject) -> str:
    return "the trainings" if isinstance(subject, Training) else type(subject).__name__


def _grouped(source: Subject, target: Subject, parts: Parts) -> list[tuple[str, ...]]:
    """The names, in order, those in one group that cannot be switched freely.

    A field hinders if switching it alone makes a rule of what is none. Whether a subset is a rule then depends on the
    fields that hinder alone; switched together they are as in the source or as in the target, which are rules.
    """
    invalid, names = set(), list(parts)
    for s in range(1 << len(names)):
        try:
            merged(source, target, [path for i, name in enumerate(names) if s >> i & 1 for path in parts[name]])
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
        case tuple():
            return f"({', '.join(map(value, something))})"
        case _:
            return repr(something)


def values(some: tuple[object, ...]) -> str:
    """The values of a factor's fields."""
    return ", ".join(map(value, some))
