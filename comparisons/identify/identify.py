"""Which update rule a recorded training followed."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from comparisons.identify.accumulating import REDUCTIONS, Accumulation, accumulated, condensed
from comparisons.identify.calls import digits
from comparisons.identify.clipping import within
from comparisons.identify.evidence import shortened, steps_known, tensors_of, unreached
from comparisons.identify.found import Identified
from comparisons.identify.notes import (
    OF_DOUBLES,
    of_begun,
    of_changes,
    of_defects,
    of_numbers,
    of_one_vector,
    of_rare_moves,
    of_rows,
    of_unreached,
)
from comparisons.identify.one_course import of_one_course
from comparisons.identify.rows import beside_rows
from comparisons.identify.script import by_course, written_rule
from comparisons.names import listed
from comparisons.traces.trace import Trace


def identify(trace: Trace) -> Identified:
    """The rules that make the recorded steps, of all families of `comparisons.rules` with all their switches.

    Raises:
        BadInput: the trace has no gradients, does not begin at the first update, or has no finite step.
    """
    if late := unreached(trace):
        others = {name: tensor for name, tensor in trace.tensors.items() if name not in late}
        found = identify(replace(trace, tensors=others))
        return replace(found, notes=(*found.notes, of_unreached(late)))
    every = accumulated(trace)
    found = (beside_rows(trace, _step_by_step) or _step_by_step(trace)) if every == 1 else _of_several(trace, every)
    if not found.found and (short := shortened(trace)) is not None and (again := identify(short)).found:
        return replace(again, notes=(*again.notes, OF_DOUBLES))
    led = tensors_of(trace)
    count = steps_known(trace, led)
    numbers = of_numbers(trace, list(led), count)
    beside = (
        *of_begun(bool(found.found), trace),
        *of_defects(bool(found.found), trace),
        *of_rows(found.unknown, trace),
        *of_one_vector(found.unknown, trace),
        *of_changes(trace),
        *numbers,
    )
    said = written_rule(trace.about)
    within_clip = said is not None and said[0].clip is not None and within(said[0].clip, led, count)
    return replace(found, notes=(*found.notes, *beside), within_clip=within_clip)


def identify_as_one(trace: Trace) -> Identified:
    """The rule that all tensors follow, without a clip: what an optimizer is by itself.

    Raises:
        BadInput: as `identify`.
    """
    return of_one_course(trace, apart=False)


def _of_several(trace: Trace, every: int) -> Identified:
    """The rules, of gradients of which so many were accumulated for each step.

    Half the rate makes of the sum of two what the whole makes of their mean: what was got, of these two, is what needs
    the fewest digits.
    """
    found: dict[str, Identified] = {}
    for reduction in REDUCTIONS:
        if reduction == "last" and found:
            break
        one = _step_by_step(condensed(trace, every, reduction))
        if one.found and not one.unknown:
            found[reduction] = one
    if not found:
        return replace(_step_by_step(condensed(trace, every, "mean")), notes=(of_rare_moves(every),))
    got = min(found, key=lambda key: sum(digits(one.rule) for one in found[key].found))
    others = {key: tuple(each.rule for each in one.found) for key, one in found.items() if key != got}
    return replace(found[got], accumulation=Accumulation(steps=every, gradient=got, as_good=others))


def _step_by_step(trace: Trace) -> Identified:
    """The rules, of a trace each of whose updates is a step."""
    parts = by_course(trace)
    return of_one_course(trace) if len(parts) == 1 else _together([of_one_course(part) for part in parts])


def _together(parts: Sequence[Identified]) -> Identified:
    """What was found of tensors whose learning rates go otherwise than each other's, as one.

    Tensors whose steps have a slip follow no rule of ours, and it is said what the slip is.
    """
    slips = (
        f"Of {listed(one.tensors)} it is a rule of ours but for a slip: {part.slip.says}; {part.slip.mended}."
        for part in parts
        for one in part.found
        if part.slip is not None
    )
    told = [part for part in parts if part.slip is None]
    noted = (
        f"The learning rate of {listed(one.tensors)} goes by step, from {min(part.learning_rates):.3g} to "
        f"{max(part.learning_rates):.3g}: no schedule of ours."
        for part in told
        for one in part.found
        if part.learning_rates is not None and isinstance(one.rule.learning_rate, float)
    )
    found = tuple(chain(*(part.found for part in told)))
    slipped = [name for part in parts if part.slip is not None for one in part.found for name in one.tensors]
    return replace(
        parts[0],
        found=found,
        closest=None if found else next((part.closest for part in parts if part.closest is not None), None),
        others={},
        learning_rates=None,
        still=tuple(chain(*(part.still for part in parts))),
        coarse=tuple(chain(*(part.coarse for part in parts))),
        unknown=(*slipped, *chain(*(part.unknown for part in parts))),
        notes=(*noted, *slips, *chain(*(part.notes for part in parts))),
        slip=None,
    )
