"""From a rule to the native call that comes closest, with what is lost on the way."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from math import sqrt
from typing import get_args

from comparisons.frameworks import dialect
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.fidelity import Fidelity, lost
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.sentences import says
from comparisons.frameworks.signature import NativeClass
from comparisons.frameworks.tidy import alike, tidy
from comparisons.rules import SGD, Adafactor, Adagrad, Muon, RMSprop, Rule
from comparisons.rules.canonical import canonical
from comparisons.rules.symbols import known

FIDELITIES: tuple[Fidelity, ...] = get_args(Fidelity)


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A field in which the native call's rule differs from the one asked for, and a sentence about it."""

    field: str
    source: object
    target: object
    message: str


@dataclass(frozen=True, kw_only=True)
class Expression:
    """The closest native call (None where no class is of the family), how close it is, and where it differs."""

    call: NativeCall | None
    fidelity: Fidelity
    mismatches: tuple[Mismatch, ...]


def express(framework: Framework, rule: Rule, prefer: str = "", source: str = "the source") -> Expression:
    """The closest call of the framework.

    Of equally close classes it is `prefer`, else the one whose defaults say most of it, else the first. The sentences
    about mismatches call the rule's side `source`.

    Raises:
        BadInput: a number of the rule is refused by every class: a learning rate of 0.
    """
    names = [name for name, native in framework.classes.items() if native.rule is type(rule)]
    if not names:
        message = f"{framework.module} itself has no {type(rule).__name__}"
        gone = Mismatch(field="class", source=type(rule).__name__, target=None, message=message)
        return Expression(call=None, fidelity="drop-in-only", mismatches=(gone,))
    if not rule.weight_decay:
        rule = replace(rule, weight_decay_coupling="coupled")  # no word for a decay that there is not
    found = {
        name: min(
            (_expressed(framework, source, rule, variant, name) for variant in adapted(rule, native)), key=_distance
        )
        for name in names
        for native in [framework.classes[name]]
    }
    name = min(
        names,
        key=lambda name: (
            *_distance(found[name]),
            name.lower() != prefer.lower(),
            _unusual(framework, found[name].call),
        ),
    )
    return _velocity_named(framework, source, rule, found[name])


def _velocity_named(framework: Framework, side: str, rule: Rule, found: Expression) -> Expression:
    """The expression with a word for whose velocity holds the rate, also where the rate is constant as yet.

    Named once the class is chosen: what is not felt until the rate changes has no part in the choice.
    """
    field = "learning_rate_in_velocity"
    if found.call is None or any(one.field == field for one in found.mismatches):
        return found
    reached = dialect.rule_of(framework, found.call)
    if _velocity(rule) == _velocity(reached):
        return found
    named = _mismatch(framework, side, field, rule, reached, found.call.name)
    fidelity = max(found.fidelity, "exact-at-constant-learning-rate", key=FIDELITIES.index)
    return replace(found, fidelity=fidelity, mismatches=(*found.mismatches, named))


def adapted(rule: Rule, native: NativeClass) -> Iterator[Rule]:
    """The rule; before it, where the class has other switches, the rule with the numbers that serve best there."""
    fixed = native.fixed_fields
    match rule:
        case SGD(momentum=0, nesterov=True) if native.nesterov_needs_velocity:
            rule = replace(rule, nesterov=False)
        case Adagrad(epsilon_position="inside-root") if fixed.get("epsilon_position") == "outside-root":
            yield replace(rule, epsilon=0.0, initial_accumulator=tidy(rule.initial_accumulator + rule.epsilon))
        case RMSprop(epsilon_position="inside-root") if fixed.get("epsilon_position") == "outside-root":
            yield replace(rule, epsilon=tidy(sqrt(known(rule.epsilon))))
        case Adagrad(epsilon_position="outside-root") | RMSprop(epsilon_position="outside-root"):
            if fixed.get("epsilon_position") == "inside-root":
                yield replace(rule, epsilon=_square(rule.epsilon))
        case Muon(velocity="sum") if fixed["velocity"] == "mean":
            yield replace(rule, velocity="mean", epsilon=tidy(rule.epsilon * (1 - rule.momentum)))
        case Adafactor(epsilon1_position="added", epsilon1=float(epsilon1)):
            if fixed.get("epsilon1_position") == "floor":
                yield replace(rule, epsilon1=tidy(sqrt(known(epsilon1))))
        case Adafactor(epsilon1_position="floor") if fixed.get("epsilon1_position") == "added":
            rule = replace(rule, epsilon1=1e-30 if rule.epsilon1 is None else _square(rule.epsilon1))
        case _:
            pass
    yield rule


def _square(number: float) -> float:
    return tidy(min(number * number, sys.float_info.max))


def _distance(one: Expression) -> tuple[int, int]:
    return FIDELITIES.index(one.fidelity), len(one.mismatches)


def _unusual(framework: Framework, call: NativeCall | None) -> int:
    """How many arguments of the call are not as its class has them by default."""
    if call is None:
        return 0
    known = framework.classes[call.name].arguments
    return sum(value != known[name].default for name, value in call.arguments.items())


def _expressed(framework: Framework, side: str, rule: Rule, variant: Rule, name: str) -> Expression:
    """The class's call for the variant, judged as an expression of the rule, whose side is called `side`."""
    call = dialect.from_rule(framework, variant, name)
    reached = dialect.rule_of(framework, call)
    differ = differing(rule, reached)
    fidelity: Fidelity = "exact"
    if differ:
        fidelity = max((lost(framework, rule, reached, field) for field in differ), key=FIDELITIES.index)
    mismatches = tuple(_mismatch(framework, side, field, rule, reached, name) for field in differ)
    return Expression(call=call, fidelity=fidelity, mismatches=mismatches)


def _mismatch(framework: Framework, side: str, field: str, rule: Rule, reached: Rule, name: str) -> Mismatch:
    return Mismatch(
        field=field,
        source=getattr(rule, field),
        target=getattr(reached, field),
        message=says((side, framework), field, rule, reached, framework.classes[name]),
    )


def differing(one: Rule, other: Rule) -> list[str]:
    """The fields in which two rules of a family are not the same recursion.

    Another number that makes up for another place of epsilon is not named with the place, nor a coupling where
    there is no weight decay to couple, nor one and the same place of the learning rate beside its schedule.
    """
    a, b = canonical(one), canonical(other)
    names = {field.name for field in fields(a) if not alike(getattr(a, field.name), getattr(b, field.name))}
    # what both have, and one has in vain, is told by the switch that makes it vain
    numbers_of_places = {name for numbers in PLACES.values() for name in numbers}
    names = {name for name in names if name in numbers_of_places or getattr(one, name) != getattr(other, name)}
    for place, numbers in PLACES.items():
        if names & {place, *numbers} and getattr(one, place, None) != getattr(other, place, None):
            made_up = set(numbers) - (
                {"initial_accumulator"} if isinstance(a, RMSprop) else set()
            )  # it is its own there
            names = names - made_up | {place}
    if not (one.weight_decay and other.weight_decay):
        names -= {"weight_decay_coupling", "scale_after_decay"}
    if getattr(one, "learning_rate_in_velocity", False) == getattr(other, "learning_rate_in_velocity", False):
        names -= {"learning_rate_in_velocity"}
    return [field.name for field in fields(a) if field.name in names]


PLACES = {"epsilon_position": ("epsilon", "initial_accumulator"), "epsilon1_position": ("epsilon1",)}


def _velocity(rule: Rule) -> bool:
    """Whether there is a velocity and it holds the learning rate."""
    return bool(getattr(rule, "momentum", 0.0)) and bool(getattr(rule, "learning_rate_in_velocity", False))
