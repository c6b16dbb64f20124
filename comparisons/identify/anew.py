"""An optimizer that is made anew in mid-training: its rule makes the steps from there on as from the first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from comparisons.identify.asked import candidate_of, evidence_for, rules_said
from comparisons.identify.evidence import Piece, part_of
from comparisons.identify.found import SAYING
from comparisons.identify.groups import Group, together
from comparisons.identify.holding import holding_of, vague
from comparisons.identify.search import Candidate
from comparisons.identify.slips import Slip
from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace

FEWEST = 2  # steps from one start to the next: the first step alone is many formulas
LOOKED_AT = (2, 4)  # by which the steps are divided: in the first of them a rule is looked for

Forgetful = tuple[list[Group], Slip]


def by_script(
    trace: Trace, pieces: Mapping[str, Piece], shape: Array | None, declared: Sequence[Sequence[str]]
) -> Forgetful | None:
    """The groups that the script has, each with its rule, where those make all steps of an optimizer that forgets.

    Args:
        shape, declared: as `asked.by_script` has them.
    """
    rules = rules_said(trace, pieces, shape, declared)
    starts = starts_of([(rule, [pieces[name] for name in names]) for names, rule in rules], shape)
    if not starts:
        return None
    end, groups = starts[0], list[Group]()
    for names, rule in rules:
        first = _pieces_at([pieces[name] for name in names], 0, end)
        if (one := candidate_of(rule, first, _at(shape, 0, end))) is None:
            return None
        groups.append(Group(names=names, candidates=[_over_all(one, [pieces[name] for name in names], shape, starts)]))
    return groups, _slip(starts)


def of_first_steps(pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]) -> list[Candidate]:
    """One rule for all, that makes the first steps, and what fits these as well; none if there is none."""
    count = len(next(iter(pieces.values())).before)
    for divisor in LOOKED_AT:
        if (end := count // divisor) < SAYING:
            return []
        first = dict(zip(pieces, _pieces_at(list(pieces.values()), 0, end), strict=True))
        if found := together(first, _at(shape, 0, end), whole).holding:
            return found
    return []


def forgetful(found: Sequence[Candidate], pieces: Mapping[str, Piece], shape: Array | None) -> Forgetful | None:
    """The first of what makes the first steps that makes all others of an optimizer that forgets."""
    for one in found:
        if starts := starts_of([(one.rule, list(pieces.values()))], shape):
            best = _over_all(one, list(pieces.values()), shape, starts)
            return [Group(names=tuple(pieces), candidates=[best])], _slip(starts)
    return None


def held_to_all(one: Candidate, pieces: Mapping[str, Piece], shape: Array | None) -> Candidate:
    """What makes the first steps, as it lies to all."""
    return replace(one, holding=holding_of(one.rule, evidence_for(one.rule, list(pieces.values()), shape)))


def starts_of(rules: Sequence[tuple[Rule, Sequence[Piece]]], shape: Array | None) -> list[int]:
    """The steps after the first at which the rules, each of its pieces, begin anew; none if they do not make all so."""
    if not rules or any(vague(rule) for rule, _ in rules):
        return []
    at, count, starts = 0, len(rules[0][1][0].before), list[int]()
    while True:
        made = min(
            holding_of(rule, evidence_for(rule, _pieces_at(some, at, count), _at(shape, at, count))).first_steps(
                count - at
            )
            for rule, some in rules
        )
        at += made
        if at == count:
            return starts
        if made < FEWEST:
            return []
        starts.append(at)


def _pieces_at(pieces: Sequence[Piece], first: int, last: int) -> list[Piece]:
    """The same at the steps from the first up to the last, without it."""
    return [part_of(one, first, last) for one in pieces]


def _at(shape: Array | None, first: int, last: int) -> Array | None:
    return None if shape is None else shape[first:last]


def _over_all(one: Candidate, pieces: Sequence[Piece], shape: Array | None, starts: Sequence[int]) -> Candidate:
    """A candidate of the first steps, held to the steps from each start to the next."""
    ends = [*starts, len(pieces[0].before)]
    parts = ((_pieces_at(pieces, *ends_), _at(shape, *ends_)) for ends_ in pairwise([0, *ends]))
    ulp = max(holding_of(one.rule, evidence_for(one.rule, *part)).ulp for part in parts)
    return replace(one, holding=replace(one.holding, ulp=ulp))


def _slip(starts: Sequence[int]) -> Slip:
    every = np.diff([0, *starts])
    when = f"before update{'s' * (len(starts) > 1)} {', '.join(map(str, starts))} (counted from 0)"
    if len(starts) > 1 and (every == every[0]).all():
        when = f"after every {every[0]} updates"
    return Slip(
        says=f"what it remembers is lost {when}",
        mended="make the optimizer once, and load its state wherever the parameters are loaded",
    )
