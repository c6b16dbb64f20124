"""The schedule that steps an optimizer of a file: by a scheduler, a callback, or a line of the loop."""

import ast
from dataclasses import replace

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.keras.train_schedules import MODULE as TRAIN
from comparisons.frameworks.plateau import NAME as PLATEAU
from comparisons.frameworks.trainings import bare
from comparisons.names import BadInput
from comparisons.porting.files.by_hand import under_set_rate
from comparisons.porting.files.callbacks import STEPS_PER_EPOCH, scheduled_by_epochs
from comparisons.porting.files.filling import filled
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.links import Links
from comparisons.porting.files.plateaus import plateau_gap, plateaus_of_keras
from comparisons.porting.reading.calls import parse_call, with_part
from comparisons.porting.reading.source import Gap


def scheduled(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], list[Gap], list[CallSite]]:
    """The calls with the schedule that steps them."""
    if not frameworks.of(one.framework).has_schedulers:
        return _called_back(one, calls, links)
    found = links.schedules_of(one)
    plateaus = [part for part in found if part.name == PLATEAU]
    lowered = [plateau_gap(part.call, part.framework, links.resolver) for part in plateaus]
    found = [part for part in found if part not in plateaus]
    if not found:
        return calls, lowered, plateaus
    if len(found) > 1:
        lines = ", ".join(str(part.node.lineno) for part in found)
        words = f"lines {lines} may each step it, and an optimizer takes one schedule; none is in the translation"
        return calls, [*lowered, *(gap_at(part.node, words) for part in found)], plateaus
    [part] = found
    try:
        for call, number in links.stepped_to(part):
            if not links.loops.counts(number, call):
                raise BadInput(f"it is stepped to {text_of(number)}; count its steps in updates, and call step() alone")
        schedule = read_part(part, links)
        together = [with_part(call, schedule) for call in calls]
        for each in together:
            frameworks.rule_of(bare(each))
    except BadInput as error:
        gap = gap_at(part.node, f"the translation is without this schedule: {error}")
        return calls, [*lowered, gap], [part, *plateaus]
    return together, [*lowered, *_clock_gaps(part, links)], [part, *links.parts_of(part), *plateaus]


def _called_back(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], list[Gap], list[CallSite]]:
    """The calls of an optimizer of Keras with the schedule that a callback sets."""
    if one.module == TRAIN:  # those are not fitted by Keras
        return calls, [], []
    together, gaps = scheduled_by_epochs(calls, links.resolver)
    return together, [*gaps, *plateaus_of_keras(links.resolver, one.framework)], []


def set_by_hand(one: CallSite, calls: list[NativeCall], links: Links) -> tuple[list[NativeCall], ast.AST | None]:
    """The calls under the rate that a line of the loop sets, and the line, where it is a formula that is known."""
    lines = links.unread.rates_set(links.names_of(one), alone=links.is_alone(one))
    match lines:
        case [ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="lr"))]) as line] if frameworks.of(
            one.framework
        ).has_schedulers and all(call.schedule is None for call in calls):
            found = under_set_rate(calls, line, links.loops, links.steps_of(one))
            return (calls, None) if found is None else (found, line)
        case _:
            return calls, None


def read_part(part: CallSite, links: Links) -> NativeCall:
    """The schedule, with what it counts, or the clipping that is called.

    Raises:
        BadInput: it cannot be read.
    """
    if part.problem:
        raise BadInput(part.problem)
    call = parse_call(filled(part.call, part.module, part.name, links.resolver)).call
    if part.kind == "schedule" and links.clock_of(part) == "epoch":
        return replace(call, clock=STEPS_PER_EPOCH)
    return replace(call, per_tensor=part.each) if part.each else call


def _clock_gaps(part: CallSite, links: Links) -> list[Gap]:
    """What is not the usual order: an update, and then a step of the schedule."""
    found = []
    if links.clock_of(part) == "batch":
        words = "it is stepped at every micro-batch, where an update is made only after several; multiply its steps"
        found.append(gap_at(part.node, words))
    numbered = {id(call) for call, _ in links.stepped_to(part)}
    early = links.early(part)
    for call in early:
        if id(call) not in numbered:
            words = (
                "it is stepped before the updates, which have the rate of a step later; in the translation of their own"
            )
            found.append(gap_at(call, words))
    for call, _ in links.stepped_to(part):
        if call not in early:
            words = (
                "it is stepped to this after the updates, so that the next have its rate; in the translation their own"
            )
            found.append(gap_at(call, words))
    return found
