"""What is beside a rule that was found: what would not have been felt, and what is the same."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np

from comparisons.frameworks import FRAMEWORKS, dialect
from comparisons.identify.calls import EXACT, expressed
from comparisons.identify.evidence import Evidence
from comparisons.identify.fitting import residuals
from comparisons.identify.found import Fitting, Near
from comparisons.identify.holding import hold
from comparisons.identify.hypotheses import likely, told_apart
from comparisons.identify.numbers import bounds_of, written
from comparisons.identify.ranges import walk
from comparisons.identify.search import RARE, Candidate
from comparisons.identify.settling import allowance, does, ends, numbers_at
from comparisons.names import BadInput
from comparisons.rules import Ftrl, Rule
from comparisons.rules.canonical import canonical

VALUES = 73  # of a number that are tried


def unfelt(one: Candidate) -> Iterator[Fitting]:
    """The rule with one number more, as large as the steps allow: a weight decay too small to be seen."""
    known = dict(zip(one.hypothesis.free, one.settled.x, strict=True))
    scale = allowance(one.settled, one.evidence)
    for other in told_apart(type(one.rule), one.evidence.shape):
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
            within = does(other.rule, residuals(other, one.evidence, points), scale)
        beyond = int(np.argmin(np.append(within, False)))
        if not 1 < beyond < len(grid):
            continue
        step = float(grid[beyond] - grid[beyond - 1])
        reached = walk(other, points[beyond - 1], one.evidence, scale, [(i, 1.0)], first=step)
        ranges = dict(one.ranges)
        for j, field in enumerate(other.free):
            least, most = ends(field, *reached[:, j])
            known_to = ranges.get(field, (0.0, 0.0))
            ranges[field] = (min(least, known_to[0]), max(most, known_to[1]))
        rule = other.at(numbers_at(other, points[0]) | {name: ranges[name][1]})
        yield Fitting(rule=rule, ranges=ranges, unfelt=name)


def exchanged(one: Fitting) -> Fitting:
    """Ftrl with its beta as l2 instead, or in part: at one rate the steps have but beta + 2 l2 learning_rate."""
    rule = one.rule
    assert isinstance(rule, Ftrl)
    assert isinstance(rule.learning_rate, float)
    low, high = one.ranges.get("beta", (rule.beta, rule.beta))
    rates = one.ranges.get("learning_rate", (rule.learning_rate, rule.learning_rate))
    least, most = low / (2 * rates[1]), high / (2 * rates[0])
    l2 = written("l2", least, most) or rule.beta / (2 * rule.learning_rate)
    ranges = {**one.ranges, "beta": (0.0, high), "l2": (0.0, most)}
    unfelt = "l2" if one.unfelt == "beta" else one.unfelt
    return replace(one, rule=replace(rule, beta=0.0, l2=most if unfelt == "l2" else l2), ranges=ranges, unfelt=unfelt)


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


def twins(rule: Rule, ranges: Any, *, steady: bool) -> Iterator[Fitting]:
    """The rule with one switch the other way, where that makes no difference to it.

    Args:
        steady: whether its rate stays; a velocity that holds the rates is another where they change.
    """
    for field in fields(rule):
        if field.name == "learning_rate_in_velocity" and not steady and getattr(rule, "momentum", None):
            continue
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
