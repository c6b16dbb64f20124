"""What tensors follow beside those whose gradients came in rows, which an optimizer takes one by one."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from comparisons.identify.calls import calls_over
from comparisons.identify.curves import named
from comparisons.identify.evidence import course, evidence_of, pieces_of, steps_known, tensors_of
from comparisons.identify.found import Found, Identified
from comparisons.identify.holding import hold, holds, nearly
from comparisons.identify.notes import of_added, of_missed
from comparisons.identify.script import added_by_rows, in_rows, written_rule
from comparisons.rules import Rule, elementwise
from comparisons.rules.canonical import canonical
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace


def beside_rows(trace: Trace, follow: Callable[[Trace], Identified]) -> Identified | None:
    """What tensors follow beside those whose gradients came in rows, which do not, or to many roundings only.

    None where these do as all others, or it is more than one rule. So no rule is looked for in vain, nor found by
    chance in roundings.

    Args:
        follow: what all tensors of a trace follow.
    """
    led = tensors_of(trace)
    rows = {name: led[name] for name in in_rows(trace.about) if name in led}
    others = [name for name in led if name not in rows]
    found = None if not rows else follow(_of(trace, others)) if others else _as_said(trace)
    if found is None or len(found.found) != 1 or found.slip is not None:
        return None
    count = min(found.steps, steps_known(trace, rows))
    rule, shape = _at_rates(found)
    if rule.clip is not None or not elementwise(rule):
        return None
    gradients = {name: array for name, one in rows.items() if (array := one.led_by) is not None}
    pieces = dict(zip(rows, pieces_of(trace, list(rows), gradients, count), strict=True))
    shape = None if shape is None else shape[:count]
    apart = [name for name, piece in pieces.items() if not holds(rule, evidence_of([piece], shape))]
    if not apart:
        return None
    added = [name for name in apart if name in added_by_rows(trace.about) and nearly(rule, pieces[name], shape)]
    apart = [name for name in apart if name not in added]
    if len(apart) + len(added) < len(rows):
        found = follow(_of(trace, [name for name in led if name not in (*apart, *added)]))
    whose = "the others follow" if others else "the script has"
    missed = [of_missed(apart, rule, [pieces[name] for name in apart], whose)] if apart else []
    if added:
        ulp = max(hold(rule, evidence_of([pieces[name]], shape)).ulp for name in added)
        found, missed = _with(found, added, ulp), [of_added(added, ulp, trace), *missed]
    followed = tuple(one for one in found.found if one.tensors)
    return replace(found, found=followed, unknown=(*found.unknown, *apart), notes=(*found.notes, *missed))


def _with(found: Identified, added: Sequence[str], ulp: float) -> Identified:
    """What was found, of some tensors more, which follow it to so many ulps."""
    joined = [replace(one, tensors=(*one.tensors, *added), ulp=one.ulp if one.tensors else ulp) for one in found.found]
    return replace(found, found=tuple(joined))


def _of(trace: Trace, names: Sequence[str]) -> Trace:
    """The trace of some tensors."""
    return replace(trace, tensors={name: trace.tensors[name] for name in names})


def _as_said(trace: Trace) -> Identified | None:
    """The script's rule as if it were found, of no tensor yet; None if it has none."""
    said = written_rule(trace.about)
    if said is None:
        return None
    count = steps_known(trace, tensors_of(trace))
    shape, rule = course(trace.learning_rate, count), canonical(said[0])
    rates = None if shape is None or trace.learning_rate is None else tuple(map(float, trace.learning_rate[:count]))
    if rates:
        rule = replace(rule, learning_rate=named(rates) or max(rates))
    found = Found(tensors=(), rule=rule, ulp=0.0, calls=calls_over(rule, count), ranges={}, as_written=True)
    return Identified(found=(found,), learning_rates=rates, steps=count)


def _at_rates(found: Identified) -> tuple[Rule, Array | None]:
    """The one rule, and how its rates go, if they do."""
    rule, rates = found.found[0].rule, found.learning_rates
    if rates is None:
        return rule, None
    return replace(rule, learning_rate=max(rates)), np.asarray(rates) / max(rates)
