"""The rules that both sides follow, as `identify` finds them, and in what they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from comparisons.diff.apart import apart_in, at_rate_of, nearest
from comparisons.diff.fields import called, calls_said, differs, remedy
from comparisons.diff.record import Cause
from comparisons.frameworks import FRAMEWORKS
from comparisons.identify.calls import calls_of, expressed, short
from comparisons.identify.clipping import norms_of
from comparisons.identify.found import Found, Identified
from comparisons.identify.identify import identify
from comparisons.identify.slips import Slip
from comparisons.identify.words import call_of, named
from comparisons.names import BadInput, listed
from comparisons.rules import Rule
from comparisons.traces.trace import Trace

MANY = 3  # fields that differ: with more, both rules are said whole
# What is named of an update, beside the field's own name, that has the field in it.
OF_ALL = {
    "learning_rate": ("schedule by epochs", "schedule by micro-batches", "another family"),
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
        """Whether rates that go by step are known of both sides, of all tensors: no field says them, a curve does.

        Those that a slip makes are none: its rule has the rate.
        """
        known = [one for one in self.found if one is not None and one.one_rate]
        curves = [one for one in known if one.learning_rates is not None and one.slip is None]
        return len(known) == len(self.found) and bool(curves)

    def rate(self, side: int, value: object) -> object:
        """A learning rate of one side; where it goes by step and no schedule says how, from where to where."""
        one = self.found[side]
        if one is None or one.learning_rates is None or one.slip is not None or not isinstance(value, float):
            return value
        return f"one by step, from {min(one.learning_rates):.3g} to {max(one.learning_rates):.3g},"

    @property
    def frameworks(self) -> tuple[str, str]:
        """Of which framework each trace is, as far as it says."""
        a, b = (str(trace.about.get("framework", "")) for trace in self.traces)
        return a, b

    @cached_property
    def clip(self) -> tuple[bool, bool]:
        """Whether each trace itself shows that the optimizer gets other gradients than the loss gives."""
        a, b = (
            any(
                one.used is not None and one.gradient is not None and not np.array_equal(one.used, one.gradient)
                for one in trace.tensors.values()
            )
            for trace in self.traces
        )
        return a, b

    @cached_property
    def least_norms(self) -> tuple[float | None, float | None]:
        """The least norm of all gradients together, of each; None if it is not known."""
        a, b = map(_least_norm, self.traces)
        return a, b

    def slip(self, side: int) -> Slip | None:
        """What one side does otherwise than the rule that was found."""
        identified = self.found[side]
        return None if identified is None else identified.slip


def _least_norm(trace: Trace) -> float | None:
    led = {name: one for name, one in trace.tensors.items() if one.gradient is not None}
    norms = norms_of(led, len(trace.steps)) if led else None
    return None if norms is None else float(norms.min())


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
    of_call = _of_call(a, nearest(a, b, rules.frameworks)[0].rule, rules)
    cause = _cause(a, b, first, step, f"{here} of {listed(names)}: " if alone else f"{here}: ", of_call)
    return replace(cause, tensors=names) if alone else cause


def _of_call(found: Found, near: Rule, rules: Rules) -> str:
    """A's call of the rule, or of one that makes the steps as well and that the script's own class has, in a sentence.

    With the closest of B's framework, if that is another one; empty if A's framework has none.
    """
    about = rules.traces[0].about
    optimizer = about.get("optimizer")
    own = f"{optimizer.get('class')}(" if isinstance(optimizer, Mapping) else None
    as_good = dict.fromkeys([near, found.rule, *(one.rule for one in found.equally_good)])
    calls = [(rule, found.calls if rule == found.rule else calls_of(rule)) for rule in as_good]
    told = [(call_of(replace(found, calls=some), about), rule, some) for rule, some in calls]
    call, rule, some = next((one for one in told if one[0] and own and one[0].startswith(own)), told[0])
    return calls_said(call, *_closest(rule, some, rules.frameworks[1]))


def _closest(rule: Rule, calls: Mapping[str, str | None], id_: str) -> tuple[str, str | None, bool]:
    """A framework's name, its call of the rule or, at a rate that stays, the closest, and whether it is the rule."""
    framework = FRAMEWORKS.get(id_)
    if framework is None or not framework.has_optimizers:
        return "", None, True
    if calls[id_] is not None or not isinstance(rule.learning_rate, float):
        return framework.name, calls[id_], True
    near = expressed(rule, id_)
    return framework.name, None if near is None or near.call is None else short(near.call), False


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


def field_causes(rules: Rules, pairs: Mapping[str, str], step: int, named: Sequence[Cause]) -> tuple[Cause, ...]:
    """A cause for each field in which the rules differ, beside what is `named` of the update already.

    Args:
        pairs, step: as `rule_cause`. All rules are known.
    """
    told = [one for one in named if one.rung == "update"]
    fields_of: dict[str, tuple[Found, Found, dict[str, tuple[object, object]], list[str]]] = {}
    for name, other in pairs.items():
        a, b = rules.of(0, name), rules.of(1, other)
        if a is None or b is None:
            raise ValueError(f"the rule of {name} is not known")
        for field, values in _apart(rules, a, b).items():
            known = [one.cause for one in told if not one.tensors or name in one.tensors]
            cause = called(field)
            if field != "family" and not any(one.startswith(cause) or one in OF_ALL.get(field, ()) for one in known):
                fields_of.setdefault(f"{field} {values}", (a, b, {field: values}, []))[3].append(name)
    return tuple(
        replace(
            _cause(a, b, apart, step, f"They part at step {step} in the update{_of(names, pairs)}, too: ", ""),
            tensors=tuple(names) if len(names) < len(pairs) else (),
        )
        for a, b, apart, names in fields_of.values()
    )


def differ_in_rates_alone(rules: Rules, pairs: Mapping[str, str]) -> bool:
    """Whether nothing but learning rates is known to differ in the rules."""
    found = ((rules.of(0, name), rules.of(1, other)) for name, other in pairs.items())
    known = ((a, b) for a, b in found if a is not None and b is not None)
    return all(set(_apart(rules, a, b)) <= {"learning_rate"} for a, b in known)


def _of(names: Sequence[str], pairs: Mapping[str, str]) -> str:
    """Which tensors a cause is in, if it is not in all."""
    return f" of {listed(names)}" if len(names) < len(pairs) else ""


def _apart(rules: Rules, a: Found, b: Found) -> dict[str, tuple[object, object]]:
    """The fields that differ, by both sides' values; no rates that go by step, and no clip that the other side shows.

    A clip that all gradients are over is known by its product with the rate: it is taken at the other side's rate.
    """
    ours, theirs = nearest(a, b, rules.frameworks)
    ours, theirs = at_rate_of(ours, theirs, rules.least_norms[0]), at_rate_of(theirs, ours, rules.least_norms[1])
    apart = dict(apart_in(ours, theirs))
    if rules.by_step:
        apart.pop("learning_rate", None)
    if "learning_rate" in apart:
        a_rate, b_rate = apart["learning_rate"]
        apart["learning_rate"] = rules.rate(0, a_rate), rules.rate(1, b_rate)
    if any(one.rule.clip is None and rules.clip[side] for side, one in enumerate((ours, theirs))):
        apart.pop("clip", None)
    return apart


def _cause(a: Found, b: Found, apart: Mapping[str, tuple[object, object]], step: int, here: str, of_call: str) -> Cause:
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
        remedy=remedy(field, of_call) if of_call or len(apart) == 1 else "",
    )
