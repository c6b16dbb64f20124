"""What a mutant is: a rule as its base, and what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comparisons.rules import Rule
from tests.mutants.parts import Parts

IN_KERAS: dict[str, Any] = {"weight_decay_coupling": "decoupled"}  # though there is none unless a probe sets it


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """An optimizer that is wrong on purpose.

    Args:
        family: the rule's, or which of its surroundings is wrong.
        wrong: what is wrong, in a phrase.
        base: whose optimizer the rule is, by what name.
        rule: the rule that it claims to follow.
        parts: how it steps instead.
    """

    family: str
    wrong: str
    base: str
    rule: Rule
    parts: Parts


def mutants_of(base: str, rule: Rule, wrong: Mapping[str, Parts], family: str = "") -> Iterator[Mutant]:
    """A mutant for each thing that is wrong; the family is the rule's unless it is given."""
    for phrase, parts in wrong.items():
        yield Mutant(family=family or type(rule).__name__, wrong=phrase, base=base, rule=rule, parts=parts)
