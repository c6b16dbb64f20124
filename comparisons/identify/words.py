"""What was identified, in sentences."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.express import differing
from comparisons.identify.accumulating import Accumulation
from comparisons.identify.calls import calls_of, calls_over, code_of, expressed, in_brief, said, short, written_calls
from comparisons.identify.found import Fitting, Found, Identified, Near
from comparisons.identify.script import arguments, of_group, without_rule, written_rule
from comparisons.identify.slips import UPHILL, Slip
from comparisons.names import listed
from comparisons.rules import Adam, Rule, Schedule
from comparisons.rules.canonical import canonical

ALIKE = 4  # rules that are as good are told, at most
BETAS = ("beta1", "beta2")  # which are said where they are 0, too
MANY = 1e7  # ulps: of more, the digits say nothing; float64 has 4e15 in a number
UNCORRECTED = (
    "Neither mean is corrected for its start at 0; the paper divides m by 1 - beta1^t and v by 1 - beta2^t, t from 1."
)
KNOWN_TO = 1e-3  # a number of which the steps say no more than this is said with its range


def sentences(one: Identified, about: Mapping[str, Any]) -> Iterator[str]:
    """The answer first, then what it does not say."""
    if not one.found and not (one.coarse and one.closest is None):  # all are coarse
        yield from _none(one, about)
        yield from _without_rule(about)
    if one.slip is not None:
        yield from _slipped(one.slip, one.found[0], one.steps, about)
    for found in map(partial(_by_any_formula, steps=one.steps), one.found if one.slip is None else ()):
        others = len(one.found) > 1 or bool(one.unknown)
        yield f"{_whose(found) if others else 'This'} is {_phrase(found)}: {_call(found, about)}, " + (
            f"to {_ulps(found.ulp)} over {one.steps} steps."
        )
        yield from _cannot_tell(found)
    if one.slip is None and any(isinstance(each.rule, Adam) and not each.rule.bias_correction for each in one.found):
        yield UNCORRECTED
    for framework, near in one.others.items():
        yield f"{FRAMEWORKS[framework].name}'s closest misses by {_missed(near)}: {_near_call(near, framework)}."
    known = {found.rule.learning_rate for found in one.found}
    alike = dict.fromkeys(named(other.rule, known) for other in _told_beside(one))
    for found in one.found:
        alike.pop(named(found.rule, known), None)
    if alike and one.slip is None:
        more = f"; and {len(alike) - ALIKE} more, which --json lists" if len(alike) > ALIKE else ""
        yield f"The steps do not tell it from {'; '.join(list(alike)[:ALIKE])}{more}: as good, within rounding."
    if parts := _unfelt(one):
        yield f"Would not have been felt: {', '.join(parts)}."
    if one.slip is None:
        yield from _script(one, about)
    yield from _by_step(one)
    if one.still:
        yield f"Never moved, and so not told: {listed(one.still)}."
    if one.found and one.unknown:
        yield f"None of our rules makes the steps of {listed(one.unknown)}."
    if one.accumulation is not None:
        yield from _accumulated(one.accumulation)
    yield from one.notes


def _told_beside(one: Identified) -> Iterator[Fitting]:
    """What is as good, but for a weight decay that is too small to be felt, of which that is said once."""
    unfelt = [good.rule.weight_decay for good in one.equally_good if good.unfelt == "weight_decay"]
    most = max((decay for decay in unfelt if isinstance(decay, float)), default=0.0)
    plain = {type(found.rule) for found in one.found if not found.rule.weight_decay}
    for good in one.equally_good:
        decay = good.rule.weight_decay
        little = isinstance(decay, float) and 0 < decay <= most and type(good.rule) in plain
        if not good.unfelt and not little:
            yield good


def _by_step(one: Identified) -> Iterator[str]:
    """What goes by step, and has no name."""
    if (
        one.slip is None
        and one.learning_rates is not None
        and any(isinstance(found.rule.learning_rate, float) for found in one.found)
    ):
        low, high = min(one.learning_rates), max(one.learning_rates)
        yield f"The learning rate goes by step, from {low:.3g} to {high:.3g}: no schedule of ours; --json has it."
    if one.found and one.momenta is not None:
        low, high = min(one.momenta), max(one.momenta)
        yield f"The momentum goes by step, too, from {low:.3g} to {high:.3g}, as it was recorded; the largest is named."


def _slipped(slip: Slip, found: Found, steps: int, about: Mapping[str, Any]) -> Iterator[str]:
    """The rule that the paper has, and what is done otherwise, if the script does not say that it is meant."""
    mended = replace(found, calls=calls_over(found.rule, steps))
    if slip is UPHILL and arguments(about).get("maximize") is True:
        made = f"to {_ulps(found.ulp)} over {steps} steps"
        yield f"This is {_phrase(mended)}, up the gradient: {_call(mended, about)} with maximize=True, {made}."
        yield from _cannot_tell(found)
        return
    yield f"This is {_phrase(mended)}, but for a slip: {slip.says}; {slip.mended}."
    yield f"Mended, it is {_call(mended, about)}. As it is, it makes {steps} steps to {_ulps(found.ulp)}."
    yield from _cannot_tell(found)


OF = {"mean": "the mean of their gradients", "sum": "the sum of their gradients", "last": "the last gradient alone"}


def _accumulated(one: Accumulation) -> Iterator[str]:
    yield f"Parameters move at every {_th(one.steps)} recorded update only; the optimizer got {OF[one.gradient]}."
    for key, rules in one.as_good.items():
        listed = "; ".join(named(rule) for rule in rules)
        yield f"The steps do not tell whether it was {OF[key]}: then the rule is {listed}."
    other = {"mean": "sum", "sum": "mean"}.get(one.gradient)
    if other is not None and other not in one.as_good:
        factor = one.steps if other == "sum" else f"1/{one.steps}"
        made_up = f"with numbers that make up for a factor of {factor}"
        yield f"It may be {OF[other]}, {made_up}: what people write is likelier."


def _th(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _none(one: Identified, about: Mapping[str, Any]) -> Iterator[str]:
    if one.steps == 1:
        yield "One step tells no rule from another: at the first, many are one formula. Record more of them."
    elif one.closest is None:
        yield "None of our rules makes these steps."
    elif count := one.closest.first_steps:
        first = Found(tensors=(), rule=one.closest.rule, ulp=0.0, calls=calls_of(one.closest.rule), ranges={})
        yield (
            f"None of our rules makes all of these steps. Those of the first {count} updates are {_phrase(first)}: "
            f"{_call(first, about)}; update {count} (counted from 0) misses by {_ulps(one.closest.ulp)}, so that "
            "something is done otherwise from there on."
        )
    else:
        near = one.closest
        yield f"None of our rules makes these steps: the closest misses by {_missed(near)}: {named(near.rule)}."


def _without_rule(about: Mapping[str, Any]) -> Iterator[str]:
    """That the script has a class of which there is no rule."""
    if (known := without_rule(about)) is not None:
        name, why = known
        yield f"The trace names {name}, of which there is no rule here{f': {why}' if why else ''}."


PHRASES = {
    ("weight_decay", "coupled"): "coupled weight decay",
    ("weight_decay", "decoupled"): "decoupled weight decay",
    ("weight_decay", "decoupled-last"): "weight decay after the step",
    ("epsilon_position", "corrected-root"): "epsilon on the corrected root",
    ("epsilon_position", "uncorrected-root"): "epsilon on the uncorrected root",
    ("epsilon_position", "outside-root"): "epsilon outside the root",
    ("epsilon_position", "inside-root"): "epsilon inside the root",
    ("epsilon_position", "in-maximum"): "epsilon in the maximum",
    ("nesterov", True): "Nesterov's momentum",
    ("lazy", True): "rows left alone where they have no gradient",
}


def _phrase(found: Found) -> str:
    """The family and its switches; the numbers too, where no call says them."""
    rule = found.rule
    if not any(code for id_, code in found.calls.items() if FRAMEWORKS[id_].has_optimizers):
        return named(rule)
    said_ = [(name, value) for name, value in _switches(rule) if name != "bias_correction"]
    words = [PHRASES.get((name, value), name if value is True else f"{name} {value}") for name, value in said_]
    listed = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return f"{type(rule).__name__}{f' with {listed}' if listed else ''}".replace("_", " ")


def named(rule: Rule, known: Collection[float | Schedule] = ()) -> str:
    """The rule by its family, its switches that say something, and its numbers.

    Args:
        known: learning rates that were named: of a schedule among them it is said that it is the same.
    """
    words = [f"{name} {value}" if not isinstance(value, bool) else name for name, value in _switches(rule)]
    numbers = [
        f"{name} {value:.6g}"
        for name, value in vars(rule).items()
        if isinstance(value, float) and (said(name, value) or name in BETAS)
    ]
    if not isinstance(rule.learning_rate, float):
        schedule = "the same schedule" if rule.learning_rate in known else in_brief(rule.learning_rate)
        numbers.append(f"learning_rate {schedule}")
    return f"{type(rule).__name__} ({', '.join((*words, *numbers))})".replace("_", " ")


def _switches(rule: Rule) -> Iterator[tuple[str, Any]]:
    for name, value in vars(rule).items():
        if name == "weight_decay_coupling":
            if rule.weight_decay:
                yield "weight_decay", value
        elif isinstance(rule, Adam) and name == "bias_correction":
            yield "bias_correction" if value else "no_bias_correction", True
        elif isinstance(value, str) or value is True:
            yield name, value


def _call(found: Found, about: Mapping[str, Any]) -> str:
    """The call in the trace's own framework; of arrays, which JAX or C++ may have made, in each that has one."""
    own = FRAMEWORKS.get(str(about.get("framework")))
    if own is None or own.has_optimizers:
        return _code(call_of(found, about)) or f"which is no class of torch or Keras{_but_for_its_rate(found.rule)}"
    calls = written_calls(found.rule, found.calls)
    where = {id_: f"in {FRAMEWORKS[id_].name} " * FRAMEWORKS[id_].has_optimizers for id_ in calls}
    return ", ".join(where[id_] + _code(code) for id_, code in calls.items()) or "which is no class of torch or Keras"


def _by_any_formula(found: Found, steps: int) -> Found:
    """With the calls of frameworks that clip by another formula, where that is as good, and none has the first."""
    clipped = [one.rule for one in found.equally_good if replace(one.rule, clip=found.rule.clip) == found.rule]
    calls = dict(found.calls)
    for rule in clipped:
        calls |= written_calls(rule, calls_over(rule, steps))
    return replace(found, calls=calls | written_calls(found.rule, found.calls))


def _code(code: str | None) -> str:
    """As it stands in a sentence: the lines of a schedule after those of the optimizer."""
    return " with ".join(f"`{line}`" for line in in_lines(code or ""))


def in_lines(code: str) -> list[str]:
    """One of each statement: what is in brackets is not broken."""
    joined = re.sub(r"([(,])\n\s*", r"\1 ", re.sub(r",?\n\s*(?=\))", "", code)).replace("( ", "(")
    return [line.strip() for line in joined.splitlines()]


def call_of(found: Found, about: Mapping[str, Any]) -> str | None:
    """The call in the trace's own framework; else in one that has optimizers; None where none has this.

    Of NumPy's the rule as it is recorded here is no call.
    """
    some = {id_: code for id_, code in found.calls.items() if code and code != code_of(found.rule)}
    others = (code for id_, code in some.items() if FRAMEWORKS[id_].has_optimizers)
    return some.get(str(about.get("framework", ""))) or next(others, None)


def _but_for_its_rate(rule: Rule) -> str:
    """That a framework has the rule at a rate that stays, where it has."""
    if isinstance(rule.learning_rate, float):
        return ""
    at_one = calls_of(replace(rule, learning_rate=1e-3))
    named_ = [FRAMEWORKS[id_].name for id_, code in at_one.items() if code and FRAMEWORKS[id_].has_optimizers]
    return f" (one of {listed(named_)} but for its schedule, for which a class is to be written)" if named_ else ""


def _whose(found: Found) -> str:
    return f"The optimizer of {listed(found.tensors)}"


def _ulps(ulp: float) -> str:
    if ulp >= MANY:
        return f"{ulp:.1e} ulp"
    return f"{ulp:,.0f} ulp" if ulp >= 10 else f"{ulp:.1f} ulp"


def _missed(near: Near) -> str:
    return f"{_ulps(near.ulp)}, first at step {near.step + 1}"


def _near_call(near: Near, framework: str) -> str:
    found = expressed(near.rule, framework)
    return f"`{short(found.call)}`" if found is not None and found.call is not None else named(near.rule)


def _cannot_tell(found: Found) -> Iterator[str]:
    parts = []
    for name, (low, high) in found.ranges.items():
        value = getattr(found.rule, name)
        if isinstance(value, float) and high - low > KNOWN_TO * max(abs(value), 1e-300):
            parts.append(f"{name} ({_between(low, high)})".replace("_", " "))
    if parts:
        yield f"The steps say little of {', '.join(parts)}: any number there fits, and the one named is the likeliest."


def _between(low: float, high: float) -> str:
    """Both ends, with three digits or as many as tell them apart."""
    ends = ((f"{low:.{digits}g}" if low else "0", f"{high:.{digits}g}") for digits in range(3, 18))
    least, most = next((least, most) for least, most in ends if least != most)
    return f"from {least} to {most}"


def _unfelt(one: Identified) -> list[str]:
    """What might have been there beside, with the size up to which it would not show."""
    found: dict[str, float] = {}
    for other in one.equally_good:
        if other.unfelt:
            most = getattr(other.rule, other.unfelt)
            found[other.unfelt] = max(found.get(other.unfelt, 0.0), most)
    return [f"{name.replace('_', ' ')} below {most:.2g}" for name, most in found.items()]


def _script(one: Identified, about: Mapping[str, Any]) -> Iterator[str]:
    """Whether the rules are those that the script has: of each group, if it has several."""
    for found in one.found:
        said_ = written_rule(of_group(about, found.tensors), type(found.rule))
        if said_ is None:
            continue
        rule, code = said_
        whose = f" of {listed(found.tensors)}" if len(one.found) > 1 else ""
        others = [found.rule, *(good.rule for good in found.equally_good)]
        rule, changed = _as_scheduled(rule, found.rule, one)
        if rule.clip is None or one.within_clip:  # a script clips beside its optimizer too, which is not said there
            rule, others = replace(rule, clip=None), [replace(other, clip=None) for other in others]
        if any(canonical(rule) == canonical(other) for other in others):
            yield f"It is what the script says{whose}{changed}: {code}."
        elif found.as_written:
            yield f"What the script says{whose} makes the steps as well, within rounding{changed}: {code}."
        else:
            fields = differing(others[0], rule) if type(found.rule) is type(rule) else []
            where = f", which differs in {', '.join(fields)}".replace("_", " ") if fields else ""
            yield f"It is not what the script says{whose}{changed}: {code}{where}."


def _as_scheduled(rule: Rule, found: Rule, one: Identified) -> tuple[Rule, str]:
    """The script's rule with what a schedule sets as it was found, and the words for that."""
    led = one.learning_rates is not None or not isinstance(found.learning_rate, float)
    given: dict[str, Any] = {"learning_rate": found.learning_rate} if led else {}
    if one.momenta is not None:
        given |= {name: value for name, value in vars(found).items() if name in ("momentum", "beta1")}
    given = {name: value for name, value in given.items() if name in vars(rule)}
    words = listed([{"learning_rate": "rate", "beta1": "beta1"}.get(name, name) for name in given])
    return replace(rule, **given), f", but for the {words.replace(', ', ' and ')} that a schedule sets" if given else ""
