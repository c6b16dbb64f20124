"""In which fields two rules differ, of all that make a side's steps as well."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product

from comparisons.identify.calls import native
from comparisons.identify.found import Fitting, Found
from comparisons.rules import SGD, Rule
from comparisons.rules.canonical import canonical
from comparisons.rules.surroundings import ClipGlobalNorm

SAME = 1e-3  # relative: numbers that are as near are not told apart by a few steps of float32


def nearest(a: Found, b: Found, frameworks: tuple[str, str]) -> tuple[Fitting, Fitting]:
    """A rule of A's and one of B's that differ in the fewest fields: of all that make the steps as well.

    Two families are farther apart than any fields are. Where they differ in numbers that those which were found do not
    have, of each side those count that are calls of its own framework, as the one that was found is: another epsilon
    at another place is nobody's.
    """

    def apart(pair: tuple[Fitting, Fitting]) -> tuple[bool, int]:
        found = dict(apart_in(*pair))
        return "family" in found, len(found)

    best = min(product([a, *a.equally_good], [b, *b.equally_good]), key=apart)
    x, y = side_by_side(a.rule, b.rule)
    differing = dict(apart_in(*best))
    if all((getattr(x, field, None), getattr(y, field, None)) == values for field, values in differing.items()):
        return best
    return min(product(_own(a, frameworks[0]), _own(b, frameworks[1])), key=apart)


def _own(one: Found, framework: str) -> list[Fitting]:
    """The rule that was found, and of those that are as good the calls of a framework, where it is one."""
    if not one.calls.get(framework):
        return [one, *one.equally_good]
    return [one, *(other for other in one.equally_good if native(other.rule, framework) is not None)]


def at_rate_of(one: Fitting, other: Fitting, least: float | None) -> Fitting:
    """SGD that clips all gradients, whose norm is so much at least, at the rate of the other, if it may be that."""
    rule, rate, wanted = one.rule, one.rule.learning_rate, other.rule.learning_rate
    if not isinstance(rule, SGD) or not isinstance(rule.clip, ClipGlobalNorm) or least is None:
        return one
    if not isinstance(rate, float) or not isinstance(wanted, float) or rule.clip.limit > least:
        return one
    limit = float(f"{rule.clip.limit * rate / wanted:.6g}")
    if limit > least:
        return one
    return replace(one, rule=replace(rule, learning_rate=wanted, clip=replace(rule.clip, limit=limit)))


def side_by_side(a: Rule, b: Rule) -> tuple[Rule, Rule]:
    """Both in canonical form; a decay of 0 is coupled as the other's is, since it makes no difference to it."""
    x, y = canonical(a), canonical(b)
    if not x.weight_decay:
        x = replace(x, weight_decay_coupling=y.weight_decay_coupling)
    elif not y.weight_decay:
        y = replace(y, weight_decay_coupling=x.weight_decay_coupling)
    return x, y


def apart_in(a: Fitting, b: Fitting) -> Iterator[tuple[str, tuple[object, object]]]:
    """The fields of the canonical rules that the steps can tell apart, with both values; or "family" alone."""
    x, y = side_by_side(a.rule, b.rule)
    if type(x) is not type(y):
        yield "family", (type(x).__name__, type(y).__name__)
        return
    for field in fields(x):
        ours, theirs = getattr(x, field.name), getattr(y, field.name)
        if ours != theirs and not _overlap(field.name, ours, theirs, a, b):
            yield field.name, (ours, theirs)


def _overlap(name: str, ours: object, theirs: object, a: Fitting, b: Fitting) -> bool:
    """Whether the steps cannot tell two numbers apart."""
    if not isinstance(ours, float) or not isinstance(theirs, float):
        return False
    lower = max(a.ranges.get(name, (ours, ours))[0], b.ranges.get(name, (theirs, theirs))[0])
    upper = min(a.ranges.get(name, (ours, ours))[1], b.ranges.get(name, (theirs, theirs))[1])
    return lower <= upper or abs(ours - theirs) <= SAME * abs(ours)
