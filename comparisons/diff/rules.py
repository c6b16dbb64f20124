"""The rules that both sides follow, as `identify` finds them, and in what they differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from comparisons.diff.fields import called, differs, remedy
from comparisons.diff.record import Cause
from comparisons.identify.calls import calls_of, native
from comparisons.identify.clipping import norms_of
from comparisons.identify.found import Fitting, Found, Identified
from comparisons.identify.identify import identify
from comparisons.identify.slips import Slip
from comparisons.identify.words import call_of, named
from comparisons.names import BadInput, listed
from comparisons.rules import SGD, Rule
from comparisons.rules.canonical import canonical
from comparisons.rules.surroundings import ClipGlobalNorm
from comparisons.traces.trace import Trace

MANY = 3  # fields that differ: with more, both rules are said whole
SAME = 1e-3  # relative: numbers that are as near are not told apart by a few steps of float32
# What is named of an update, beside the field's own name, that has the field in it.
OF_ALL = {
    "learning_rate": ("schedule by epochs", "another family"),
    "weight_decay": ("coupling of the weight decay",),
    "weight_decay_coupling": ("weight decay",),
}


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of two traces: each is looked for when it is asked for, which takes seconds."""

    traces: tuple[Trace, Trace]

    @cached_property
    def found(self) -> tuple[Identified | None, Identified | None]:
        """What each side follows; None where it cannot be asked."""
        return self._of(0), self._of(1)

    def _of(self, side: int) -> Identified | None:
        try:
            return identify(self.traces[side])
        except BadInput:
            return None

    def of(self, side: int, tensor: str) -> Found | None:
        """What a tensor of one side follows; None if that is not known."""
        identified = self.found[side]
        if identified is None:
            return None
        return next((found for found in identified.found if tensor in found.tensors), None)

    @property
    def by_step(self) -> bool:
        """Whether rates that go by step are known of both sides, each of one rule: no field says them, a curve does."""
        known = [one for one in self.found if one is not None and len(one.found) == 1]
        return len(known) == len(self.found) and any(one.learning_rates is not None for one in known)

    @property
    def frameworks(self) -> tuple[str, str]:
        """Of which framework each trace is, as far as it says."""
        a, b = (str(trace.about.get("framework", "")) for trace in self.traces)
        return a, b

    def clips(self, side: int) -> bool:
        """Whether the trace itself shows that the optimizer gets other gradients than the loss gives."""
        pairs = [(one.used, one.gradient) for one in self.traces[side].tensors.values()]
        return any(used is not None and raw is not None and not np.array_equal(used, raw) for used, raw in pairs)

    def least_norm(self, side: int) -> float | None:
        """The least norm of all gradients together; None if it is not known."""
        led = {name: one for name, one in self.traces[side].tensors.items() if one.gradient is not None}
        norms = norms_of(led, len(self.traces[side].steps)) if led else None
        return None if norms is None else float(norms.min())

    def slip(self, side: int) -> Slip | None:
        """What one side does otherwise than the rule that was found."""
        identified = self.found[side]
        return None if identified is None else identified.slip


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


def rule_cause(rules: Rules, pairs: Mapping[str, str], step: int, here: str) -> Cause | None:
    """In what the rules of A's tensors and of B's differ; None where one is not known, or nothing does.

    Args:
        pairs: A's names to B's. step: what the cause is said to begin at. here: how the sentence begins.
    """
    if (slipped := _slip_cause(rules, step, here)) is not None:
        return slipped
    found = {name: (rules.of(0, name), rules.of(1, other)) for name, other in pairs.items()}
    differing: list[tuple[str, Found, Found, dict[str, tuple[object, object]]]] = []
    for name, (a, b) in found.items():
        if a is None or b is None:
            break
        apart = _apart(rules, a, b)
        if apart:
            differing.append((name, a, b, apart))
    if not differing:
        return None
    _, a, b, first = differing[0]
    names = tuple(name for name, *_, apart in differing if apart == first)
    alone = len(names) < len(pairs) and "family" not in first
    call = _call(a, nearest(a, b, rules.frameworks)[0].rule, rules.traces[0].about)
    cause = _cause(a, b, first, step, f"{here} of {listed(names)}: " if alone else f"{here}: ", call)
    return replace(cause, tensors=names) if alone else cause


def _call(found: Found, near: Rule, about: Mapping[str, Any]) -> str | None:
    """The call of the rule, or of one that makes the steps as well and that the script's own class has."""
    optimizer = about.get("optimizer")
    own = f"{optimizer.get('class')}(" if isinstance(optimizer, Mapping) else None
    rules = dict.fromkeys([near, found.rule, *(one.rule for one in found.equally_good)])
    calls = [call_of(replace(found, rule=rule, calls=calls_of(rule)), about) for rule in rules]
    return next((call for call in calls if call and own and call.startswith(own)), calls[0])


def _slip_cause(rules: Rules, step: int, here: str) -> Cause | None:
    """What one side does otherwise than the paper, and the other, whose rule is known, does not."""
    if not all(one is not None and one.found for one in rules.found):
        return None
    slips = [rules.slip(side) for side in (0, 1)]
    for side, mine, other in zip("AB", slips, reversed(slips), strict=True):
        if mine is not None and (other is None or other.says != mine.says):
            says, remedy = f"{here}: in {side}, {mine.says}.", f"{mine.mended[0].upper()}{mine.mended[1:]}."
            return Cause(rung="update", step=step, cause="slip in the rule", number=None, says=says, remedy=remedy)
    return None


def field_causes(
    rules: Rules, pairs: Mapping[str, str], step: int, named: Sequence[Cause], *, but_rates: bool = False
) -> tuple[Cause, ...]:
    """A cause for each field in which the rules differ, beside what is `named` of the update already.

    Args:
        pairs, step: as `rule_cause`. All rules are known.
        but_rates: whether learning rates are left out.
    """
    told = [one.cause for one in named if one.rung == "update"]
    fields_of: dict[str, tuple[Found, Found, dict[str, tuple[object, object]], list[str]]] = {}
    for name, other in pairs.items():
        a, b = rules.of(0, name), rules.of(1, other)
        if a is None or b is None:
            raise ValueError(f"the rule of {name} is not known")
        for field, values in _apart(rules, a, b).items():
            cause = called(field)
            if but_rates and field == "learning_rate":
                continue
            if field != "family" and not any(one.startswith(cause) or one in OF_ALL.get(field, ()) for one in told):
                fields_of.setdefault(f"{field} {values}", (a, b, {field: values}, []))[3].append(name)
    return tuple(
        replace(
            _cause(a, b, apart, step, f"They part at step {step} in the update{_of(names, pairs)}, too: ", None),
            tensors=tuple(names) if len(names) < len(pairs) else (),
        )
        for a, b, apart, names in fields_of.values()
    )


def _of(names: Sequence[str], pairs: Mapping[str, str]) -> str:
    """Which tensors a cause is in, if it is not in all."""
    return f" of {listed(names)}" if len(names) < len(pairs) else ""


def _apart(rules: Rules, a: Found, b: Found) -> dict[str, tuple[object, object]]:
    """The fields that differ, by both sides' values; no rates that go by step, and no clip that the other side shows.

    A clip that all gradients are over is known by its product with the rate: it is taken at the other side's rate.
    """
    ours, theirs = nearest(a, b, rules.frameworks)
    ours, theirs = _at_rate_of(ours, theirs, rules.least_norm(0)), _at_rate_of(theirs, ours, rules.least_norm(1))
    apart = dict(apart_in(ours, theirs))
    if rules.by_step:
        apart.pop("learning_rate", None)
    if any(one.rule.clip is None and rules.clips(side) for side, one in enumerate((ours, theirs))):
        apart.pop("clip", None)
    return apart


def _at_rate_of(one: Fitting, other: Fitting, least: float | None) -> Fitting:
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


def _cause(
    a: Found, b: Found, apart: Mapping[str, tuple[object, object]], step: int, here: str, call: str | None
) -> Cause:
    field, (_, theirs) = next(iter(apart.items()))
    if field == "family" or len(apart) > MANY:
        says = f"{here}A follows {named(a.rule)} and B {named(b.rule)}."
    else:
        of_both = (a.rule, b.rule)
        says = f"{here}{', and '.join(differs(one, values, of_both) for one, values in apart.items())}."
    return Cause(
        rung="update",
        step=step,
        cause="another family" if field == "family" else called(field),
        number=theirs if isinstance(theirs, float) and len(apart) == 1 else None,
        says=says,
        remedy=remedy(field, call) if call or len(apart) == 1 else "",
    )
