"""From a rule to the native call that comes closest, with what is lost on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from math import sqrt
from typing import get_args

from comparisons.calls import MODULES, NativeCall
from comparisons.dialects.dialect import Dialect
from comparisons.dialects.fidelity import Fidelity, lost, says
from comparisons.dialects.grammar import NativeClass
from comparisons.rules import Adafactor, Adagrad, RMSprop, Rule
from comparisons.rules.canonical import canonical

FIDELITIES: tuple[Fidelity, ...] = get_args(Fidelity)


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A field in which the native call's rule differs from the one asked for, and a sentence about it."""

    field: str
    source: object
    target: object
    says: str


@dataclass(frozen=True, kw_only=True)
class Expression:
    """The closest native call (None where no class is of the family), how close it is, and where it differs."""

    call: NativeCall | None
    fidelity: Fidelity
    mismatches: tuple[Mismatch, ...]


def express(dialect: Dialect, rule: Rule, prefer: str = "") -> Expression:
    """The closest call of the dialect; of equally close ones the class `prefer`, else the first of the signatures."""
    names = [name for name, native in dialect.classes.items() if native.rule is type(rule)]
    if not names:
        says = f"{MODULES[dialect.framework]} has no {type(rule).__name__}"
        gone = Mismatch(field="class", source=type(rule).__name__, target=None, says=says)
        return Expression(call=None, fidelity="drop-in-only", mismatches=(gone,))
    if not rule.weight_decay and prefer not in names:
        rule = replace(rule, weight_decay_coupling="coupled")  # no word for a decay that there is not
    found = [
        _expressed(dialect, rule, variant, name)
        for name in sorted(names, key=lambda name: name != prefer)
        for variant in adapted(rule, dialect.classes[name])
    ]
    return min(found, key=lambda one: (FIDELITIES.index(one.fidelity), len(one.mismatches)))


def adapted(rule: Rule, native: NativeClass) -> Iterator[Rule]:
    """The rule; before it, where epsilon stands elsewhere in the class, the rule with the epsilon that serves best."""
    always = native.always
    match rule:
        case Adagrad(epsilon_position="inside-root") if always["epsilon_position"] == "outside-root":
            yield replace(rule, epsilon=0.0, initial_accumulator=rule.initial_accumulator + rule.epsilon)
        case RMSprop(epsilon_position="inside-root") if always["epsilon_position"] == "outside-root":
            yield replace(rule, epsilon=sqrt(rule.epsilon))
        case Adagrad(epsilon_position="outside-root") | RMSprop(epsilon_position="outside-root"):
            if always["epsilon_position"] == "inside-root":
                yield replace(rule, epsilon=rule.epsilon**2)
        case Adafactor(epsilon1_position="added", epsilon1=float(epsilon1)):
            if always["epsilon1_position"] == "floor":
                yield replace(rule, epsilon1=sqrt(epsilon1))
        case Adafactor(epsilon1_position="floor") if always["epsilon1_position"] == "added":
            yield replace(rule, epsilon1=1e-30 if rule.epsilon1 is None else rule.epsilon1**2)
        case _:
            pass
    yield rule


def _expressed(dialect: Dialect, rule: Rule, variant: Rule, name: str) -> Expression:
    """The class's call for the variant, judged as an expression of the rule."""
    call = dialect.call_of(variant, name)
    reached = dialect.rule_of(call)
    mismatches = tuple(
        Mismatch(
            field=field,
            source=getattr(rule, field),
            target=getattr(reached, field),
            says=says(field, dialect.classes[name]),
        )
        for field in differing(rule, reached)
    )
    if mismatches:
        fidelity = max((lost(dialect.framework, rule, one.field) for one in mismatches), key=FIDELITIES.index)
    elif _velocity(rule) != _velocity(reached):
        fidelity = "exact-at-constant-learning-rate"
    else:
        fidelity = "exact"
    return Expression(call=call, fidelity=fidelity, mismatches=mismatches)


def differing(one: Rule, other: Rule) -> list[str]:
    """The fields in which two rules of a family are not the same recursion.

    A number that was chosen to make up for another place of epsilon is not named beside the place.
    """
    a, b = canonical(one), canonical(other)
    names = [field.name for field in fields(a) if getattr(a, field.name) != getattr(b, field.name)]
    for place, numbers in PLACES.items():
        if names and set(names) & {place, *numbers} and getattr(one, place, None) != getattr(other, place, None):
            names = [name for name in names if name not in numbers and name != place] + [place]
    return names


PLACES = {"epsilon_position": ("epsilon", "initial_accumulator"), "epsilon1_position": ("epsilon1",)}


def _velocity(rule: Rule) -> bool:
    """Whether there is a velocity and it holds the learning rate."""
    return bool(getattr(rule, "momentum", 0.0)) and bool(getattr(rule, "learning_rate_in_velocity", False))
