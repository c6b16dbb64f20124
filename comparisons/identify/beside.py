"""What is beside a rule that was found: what would not have been felt, and what is the same."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np

from comparisons.frameworks import FRAMEWORKS, dialect
from comparisons.identify.calls import EXACT, expressed
from comparisons.identify.evidence import Evidence
from comparisons.identify.fitting import descend, residuals
from comparisons.identify.found import Fitting, Near
from comparisons.identify.holding import hold
from comparisons.identify.hypotheses import Hypothesis, hypotheses, likely, one_by_one
from comparisons.identify.numbers import bounds_of
from comparisons.identify.search import Candidate
from comparisons.identify.settling import ANEW, Range, number, numbers_at, scale_of_rounding
from comparisons.names import BadInput
from comparisons.rules import Rule
from comparisons.rules.canonical import canonical
from comparisons.tasks.streams import Array

RARE = 2  # how far off the beaten track what was not felt may lie: see `likely`
VALUES = 73  # of a number that are tried
BEYOND = (
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    8.0,
    12.0,
    20.0,
    50.0,
    100.0,
)  # so many times as much, where the other numbers are fitted anew


def unfelt(one: Candidate) -> Iterator[Fitting]:
    """The rule with one number more, as large as the steps allow: a weight decay too small to be seen."""
    known = dict(zip(one.hypothesis.free, one.settled.x, strict=True))
    for other in hypotheses(type(one.rule)):
        more = set(other.free) - known.keys()
        if len(more) != 1 or likely(other) > RARE or not one.hypothesis.within(other):
            continue
        [name] = more
        i = other.free.index(name)
        low, high = bounds_of(other.free)[i]
        grid = np.linspace(low, high, VALUES) if low < 0 else np.append(0.0, np.geomspace(1e-7, high, VALUES))
        points = np.tile([known.get(field, low) for field in other.free], (len(grid), 1))
        points[:, i] = grid
        with np.errstate(all="ignore"):
            within = np.abs(residuals(other, one.evidence, points)) <= scale_of_rounding(one.rule, one.evidence)
        beyond = int(np.argmin(np.append(within.all(axis=1), False)))
        if not 1 < beyond < len(grid):
            continue
        most = number(name, grid[beyond])  # so that none is left out that does
        ranges = {**one.ranges, name: (0.0, most)}
        if not one_by_one(one.rule) and low < 0:
            ranges = _anew(one, other, i, points[beyond], ranges)
        rule = other.at(numbers_at(other, points[0]) | {name: ranges[name][1]})
        yield Fitting(rule=rule, ranges=ranges, unfelt=name)


def _anew(one: Candidate, other: Hypothesis, i: int, first: Array, ranges: Mapping[str, Range]) -> dict[str, Range]:
    """The ranges where number i is taken beyond its first value, and the others are fitted anew each time."""
    points = np.tile(first, (len(BEYOND), 1))
    points[:, i] += np.log(BEYOND)
    reached, _, found, _ = descend(other, one.evidence, points, ANEW, held=i)
    with np.errstate(all="ignore"):
        within = (np.abs(found) <= scale_of_rounding(one.rule, one.evidence)).all(axis=1)
    beyond = int(np.argmin(np.append(within, False)))
    if not beyond:
        return dict(ranges)
    wider = {}
    for j, name in enumerate(other.free):
        values = [number(name, x) for x in reached[: beyond + (j == i), j]]
        wider[name] = (min(ranges[name][0], *values), max(ranges[name][1], *values))
    return wider


def nearest_calls(rule: Rule, evidence: Evidence) -> dict[str, Near]:
    """For each framework that has no call for the rule: the rule of the closest that it has, and how far that is."""
    found = {}
    for id_, framework in FRAMEWORKS.items():
        one = expressed(rule, id_) if framework.has_optimizers else None
        if one is None or one.call is None or one.fidelity in EXACT:
            continue
        reached = dialect.rule_of(framework, one.call)
        held = hold(reached, evidence)
        if held.step is not None:
            found[id_] = Near(rule=reached, ulp=held.ulp, step=held.step)
    return found


def twins(rule: Rule, ranges: Any) -> Iterator[Fitting]:
    """The rule with one switch the other way, where that makes no difference to it."""
    for field in fields(rule):
        value = getattr(rule, field.name)
        if isinstance(value, bool):
            others: tuple[Any, ...] = (not value,)
        elif isinstance(value, str) and (field.name != "weight_decay_coupling" or rule.weight_decay):
            others = tuple(word for word in get_args(field.type) if word != value)
        else:
            continue
        for other in others:
            given: dict[str, Any] = {field.name: other}
            try:
                twin = replace(rule, **given)
            except BadInput:
                continue
            if canonical(twin) == canonical(rule):
                yield Fitting(rule=twin, ranges=ranges)
