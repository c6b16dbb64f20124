"""The numbers that the script has, asked of the steps: they come first where they make them as well."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.identify.evidence import Evidence, Piece, chosen, evidence_of, flat
from comparisons.identify.fitting import off
from comparisons.identify.groups import Group
from comparisons.identify.holding import holding_of, holds, vague
from comparisons.identify.hypotheses import FAMILIES, Hypothesis
from comparisons.identify.numbers import to_scale
from comparisons.identify.script import of_group, written_rule
from comparisons.identify.search import IN_NAME, WHOLE, Candidate
from comparisons.identify.settling import Settled, allowance, does, numbers_at
from comparisons.rules import Rule
from comparisons.rules.canonical import canonical
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace

SAME = 1e-9  # relative: a number is a fit's to so much, or it is another


def asked(trace: Trace, group: Group, pieces: Mapping[str, Piece], shape: Array | None) -> Group:
    """The group with the script's numbers where they make the steps as well as those that were fitted.

    An epsilon of which nothing is felt is any: that of the script is the likeliest. So is its rule, where others make
    the same steps, as all do by gradients that stay.
    """
    some = [pieces[name] for name in group.names]
    held = [_with_numbers(one, as_said(trace, group, one, shape), some, shape) for one in group.holding]
    if held and (said := as_said(trace, group, held[0], shape)) and type(said) not in {type(one.rule) for one in held}:
        held += filter(None, [candidate_of(said, some, shape)])
    return replace(group, candidates=[*held, *(one for one in group.candidates if not one.holding.holds)])


def by_script(
    trace: Trace, pieces: Mapping[str, Piece], shape: Array | None, declared: Sequence[Sequence[str]]
) -> list[Group]:
    """The groups that the script has, each with its rule, where those make all steps; else none.

    Args:
        shape: how the recorded learning rates go.
        declared: the groups; () for one of all tensors.
    """
    found = []
    for names, rule in rules_said(trace, pieces, shape, declared):
        if (one := candidate_of(rule, [pieces[name] for name in names], shape)) is None:
            return []
        found.append(Group(names=names, candidates=[one]))
    return found


def rules_said(
    trace: Trace, pieces: Mapping[str, Piece], shape: Array | None, declared: Sequence[Sequence[str]]
) -> list[tuple[tuple[str, ...], Rule]]:
    """The groups that the script has, each with its rule at the largest rate; none if one is not known, or clips."""
    found = []
    for names in declared or [list(pieces)]:
        said = written_rule(of_group(trace.about, names))
        if said is None or said[0].clip is not None or pieces[names[0]].momenta is not None:
            return []
        rule = said[0]
        if shape is not None and trace.learning_rate is not None:
            rule = replace(rule, learning_rate=float(trace.learning_rate[: len(shape)].max()))
        found.append((tuple(names), rule))
    return found


def as_written(
    trace: Trace, group: Group, best: Candidate, pieces: Mapping[str, Piece], shape: Array | None
) -> Rule | None:
    """The rule that the script has of a group, at the rates that a schedule sets, if it makes the steps as well."""
    rule = as_said(trace, group, best, shape)
    return rule if rule is not None and _as_good(rule, best, [pieces[name] for name in group.names], shape) else None


def as_said(trace: Trace, group: Group, one: Candidate, shape: Array | None) -> Rule | None:
    """The rule that the script has of a group, without a clip, at the rate of a candidate where a schedule sets it."""
    said = written_rule(of_group(trace.about, group.names), type(one.rule))
    if said is None:
        return None
    rule = replace(said[0], clip=None)
    return rule if shape is None else replace(rule, learning_rate=one.rule.learning_rate)


def _as_good(rule: Rule, best: Candidate, pieces: Sequence[Piece], shape: Array | None) -> bool:
    """Whether a rule makes all steps within rounding, as the best does, at rates that go so."""
    if not isinstance(rule.learning_rate, float) or (vague(rule) and type(rule) is not type(best.rule)):
        return False
    if vague(rule):
        found = off(rule, {"learning_rate": np.array([rule.learning_rate])}, best.evidence)
        return bool(does(rule, found, allowance(best.settled, best.evidence)).all())
    return holds(rule, evidence_for(rule, pieces, shape))


def evidence_for(rule: Rule, pieces: Sequence[Piece], shape: Array | None) -> Evidence:
    """All elements of some tensors, as a rule steps them: each by itself, or whole tensors."""
    return evidence_of(pieces if isinstance(rule, WHOLE) else [flat(pieces)], shape)


def _with_numbers(one: Candidate, rule: Rule | None, pieces: Sequence[Piece], shape: Array | None) -> Candidate:
    """The candidate with the numbers of a rule that has its switches, if that makes the steps as well."""
    if rule is None or vague(rule) or type(rule) is not type(one.rule) or not isinstance(rule.learning_rate, float):
        return one
    settled = _settled(rule, one.hypothesis)
    if settled is None or not _as_good(rule, one, pieces, shape):
        return one
    holding = holding_of(settled.rule, evidence_for(rule, pieces, shape))
    return one if holding.ulp > max(IN_NAME, one.holding.ulp) else replace(one, settled=settled, holding=holding)


def _settled(rule: Rule, hypothesis: Hypothesis) -> Settled | None:
    """The hypothesis with the numbers of the rule; None where it is another rule, or cannot have them."""
    numbers = {name: float(getattr(rule, name)) for name in hypothesis.free}
    if canonical(hypothesis.at(numbers)) != canonical(rule):
        return None
    settled = Settled(hypothesis=hypothesis, x=np.array([float(to_scale(*one)) for one in numbers.items()]))
    there = numbers_at(hypothesis, settled.x)
    return settled if all(np.isclose(there[name], numbers[name], rtol=SAME, atol=0) for name in numbers) else None


def candidate_of(rule: Rule, pieces: Sequence[Piece], shape: Array | None) -> Candidate | None:
    """A rule that makes all steps, as a candidate; None where it does not, or is of no family that is looked for."""
    if type(rule) not in FAMILIES or vague(rule) or not isinstance(rule.learning_rate, float):
        return None
    all_ = evidence_for(rule, pieces, shape)
    if not holds(rule, all_) or (holding := holding_of(rule, all_)).ulp > IN_NAME:
        return None
    known = FAMILIES[type(rule)]
    names = ("learning_rate", *known.numbers, *known.optional, "weight_decay")
    given: dict[str, Any] = {name: getattr(rule, name) for name in names}
    settled = _settled(rule, Hypothesis(rule=rule, free=tuple(name for name, value in given.items() if value)))
    if settled is None:
        return None
    some = all_ if isinstance(rule, WHOLE) else all_.of([chosen(all_.pieces[0])])
    return Candidate(settled=settled, holding=holding, evidence=some, cost=0.0)
