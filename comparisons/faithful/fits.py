"""Which rule an optimizer follows that no longer follows its own."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, get_args

from comparisons.faithful.departures import Reference, followed
from comparisons.faithful.leads import Lead
from comparisons.frameworks import FRAMEWORKS, dialect
from comparisons.frameworks.tidy import tidy
from comparisons.names import BadInput
from comparisons.rules import ClipGlobalNorm, ClipNorm, Rule
from comparisons.rules.canonical import canonical
from comparisons.rules.surroundings import Formula
from comparisons.tasks.streams import Array

POWERS = tuple(power for power in range(-6, 7) if power)  # of ten, that a number may be off by
NOTHING = "no known switch fits"
FEW = 3  # steps that show of most rules that they do not fit


def fitting(reference: Reference, paths: list[Array]) -> str:
    """The change of the rule that makes it that of the paths, in words: "epsilon_position outside-root fits".

    One switch is tried, or one number; then a switch together with a number.
    """
    head, few = reference.lead.head(FEW), [path[:FEW] for path in paths]

    def agree(rule: Rule, lead: Lead, theirs: list[Array]) -> bool:
        ours = followed("numpy", rule, lead)
        return reference.between(ours, theirs) is None and reference.between(theirs, ours) is None

    for words, rule in candidates(reference.rule):
        if agree(rule, head, few) and agree(rule, reference.lead, paths):
            return f"{words} fits"
    return NOTHING


def candidates(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Rules that are another recursion, with what is other about them in words: the simplest first."""
    known = {canonical(rule)}
    switches, numbers = list(_switches(rule)), list(_numbers(rule))
    pairs = ({**switch, **number} for switch in switches for number in numbers)
    for change in (*switches, *numbers, *pairs):
        try:
            other = replace(rule, **change)
        except BadInput:  # out of its range, or not together with the other
            continue
        if (form := canonical(other)) not in known:
            known.add(form)
            yield " with ".join(f"{name} {_said(value)}" for name, value in change.items()), other


def _switches(rule: Rule) -> Iterator[dict[str, Any]]:
    """Every other value of every switch, the formula of a clip among them."""
    for field in fields(rule):
        allowed = (False, True) if field.type is bool else get_args(field.type)
        if isinstance(now := getattr(rule, field.name), bool | str):
            yield from ({field.name: value} for value in allowed if value != now)
    if isinstance(rule.clip, ClipNorm | ClipGlobalNorm):
        others = (formula for formula in get_args(Formula) if formula != rule.clip.formula)
        yield from ({"clip": replace(rule.clip, formula=formula)} for formula in others)


def _numbers(rule: Rule) -> Iterator[dict[str, Any]]:
    """Every number as the class of another framework has it, as another number of the rule, or at another power."""
    own = {field.name: value for field in fields(rule) if type(value := getattr(rule, field.name)) is float}
    for name, number in own.items():
        scaled = [tidy(number * 10.0**power) for power in POWERS]
        for value in dict.fromkeys((*_defaults(rule, name), *own.values(), *scaled)):
            yield {name: value}


def _defaults(rule: Rule, field: str) -> Iterator[float]:
    """The defaults of all classes that follow such a rule."""
    for framework in FRAMEWORKS.values():
        for name, native in framework.classes.items():
            if native.rule is type(rule):
                value = getattr(dialect.rule_of(framework, framework.call(name, {})), field)
                if isinstance(value, float):
                    yield value


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
