"""A training of a file: an optimizer with its groups, and all that goes with it, as one source."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import ClipArguments, ClipCalls
from comparisons.frameworks.keras.train_schedules import MODULE as TRAIN
from comparisons.frameworks.plateau import NAME as PLATEAU
from comparisons.frameworks.trainings import bare
from comparisons.names import BadInput
from comparisons.porting.files.averages import average_of
from comparisons.porting.files.by_hand import under_set_rate
from comparisons.porting.files.callbacks import STEPS_PER_EPOCH, scheduled_by_epochs
from comparisons.porting.files.exclusions import apart, calls_of, excluded_names
from comparisons.porting.files.filling import UnreadSchedule, filled, given_arguments, schedule_of
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.global_steps import step_gaps
from comparisons.porting.files.groups import ParameterGroup, groups_of
from comparisons.porting.files.links import Links
from comparisons.porting.files.places import canonical_name
from comparisons.porting.files.plateaus import plateau_gap, plateaus_of_keras
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.files.wrappers import accumulation_of, clippings_of
from comparisons.porting.reading.calls import parse_call, with_part
from comparisons.porting.reading.names import arguments_of
from comparisons.porting.reading.source import Gap, Source
from comparisons.rules import Clip
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Group, Training

WITHOUT, STANDS = "the translation is without this schedule", "learning_rate stands for its rate"
IGNORED = {"name", "params", "param_names", "layer_names", "group_name"}  # entries of groups that nobody steps by


@dataclass(frozen=True, kw_only=True)
class TrainingSite:
    """A training that stands in a file.

    Args:
        optimizer: where its optimizer is called.
        source: what it says.
        parts: the other calls that go with it.
        inner: the calls in that of the optimizer: a schedule that is its learning rate.
    """

    optimizer: CallSite
    source: Source
    parts: tuple[CallSite, ...]
    inner: tuple[CallSite, ...] = ()


def training_at(one: CallSite, links: Links) -> TrainingSite:
    """The training of an optimizer that is called in a file.

    Raises:
        BadInput: the optimizer cannot be read.
    """
    own, gaps = _groups(one, links)
    groups = own.training.groups
    parts: list[CallSite] = []
    scheduled, more, used = _scheduled(one, [group.optimizer for group in groups], links)
    gaps, parts = [*gaps, *more], [*parts, *used]
    scheduled, by_hand = _set_by_hand(one, scheduled, links)
    clipped, clip, more, used = _clipped(one, scheduled, links)
    gaps, parts = [*gaps, *more], [*parts, *used]
    steps = links.steps_of(one)
    accumulation, reason = links.loops.accumulation(steps)
    if reason:
        gaps.append(gap_at(steps[0], reason))
    elif accumulation is None and _may_be_wrapped(one, links):
        accumulation, more = accumulation_of(links.loops)
        gaps += more
    average, more = average_of(links.averaging, links.loops, steps) if links.is_alone(one) else (None, [])
    gaps += more
    training = Training(
        groups=tuple(replace(group, optimizer=call) for group, call in zip(groups, clipped, strict=True)),
        clip=clip,
        accumulation=own.training.accumulation or accumulation,
        average=own.training.average or average,
    )
    training, more = _excluded(one, training, links)
    gaps += more
    gaps += links.unread.of(one, links.names_of(one), alone=links.is_alone(one), read=by_hand)
    return TrainingSite(
        optimizer=one,
        source=replace(own, training=training, gaps=_in_order(gaps)),
        parts=tuple(parts),
        inner=_inner(one, links),
    )


def _inner(one: CallSite, links: Links) -> tuple[CallSite, ...]:
    """The schedule that is its learning rate."""
    schedule = schedule_of(one.call, one.module, one.name, links.resolver)
    return tuple(part for part in links.call_sites if part.node is schedule)


def _in_order(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(sorted(gaps, key=lambda gap: gap.line or 0)))


# --- groups


def _groups(one: CallSite, links: Links) -> tuple[Source, list[Gap]]:
    """The groups with their optimizers and what these say around them, and what is not known of them."""
    resolver, gaps = links.resolver, list[Gap]()
    over, _ = given_arguments(one.call, one.module, one.name, resolver)
    found = groups_of(over, links.added_to(one), resolver) if over is not None else []
    gaps += [group.gap for group in found if group.gap is not None]
    if not found and over is not None and _may_be_groups(over, links):
        words = "it may give groups with numbers of their own, which are not in the file; write them as dicts"
        gaps.append(gap_at(over, words))
    if one.call is not one.node and one.call.func in one.node.args:
        gaps.append(gap_at(one.node, "partial: what is given where it is called is not in the translation"))
    if isinstance(one.call.func, ast.Name | ast.Attribute) and resolver.is_default(one.call.func):
        gaps.append(gap_at(one.call.func, "it is an argument of the function, and this class its default"))
    groups: list[Group[NativeCall]] = []
    unsupported: dict[str, Value] = {}
    for group in found or [ParameterGroup(tensors=Group(optimizer=None).tensors)]:
        own, more = _own(one, group)
        gaps += more
        read, more = _read(one, own, links)
        gaps += more
        unsupported |= read.unsupported_arguments
        gaps += read.gaps
        groups.append(Group(tensors=group.tensors, optimizer=read.call))
    training = replace(read.training, groups=tuple(groups))
    return replace(read, training=training, unsupported_arguments=unsupported), gaps


def _read(one: CallSite, own: dict[str, ast.expr], links: Links) -> tuple[Source, list[Gap]]:
    """The optimizer with the arguments that a group has itself; without a schedule that cannot be read.

    Raises:
        BadInput: the rest of it cannot be read.
    """
    resolver = links.resolver
    schedule = schedule_of(one.call, one.module, one.name, resolver)
    try:
        read = parse_call(filled(one.call, one.module, one.name, resolver, own))
        if schedule is not None:
            frameworks.rule_of(bare(read.call))
        return read, _step_gaps(schedule, resolver)
    except UnreadSchedule as error:
        gap = gap_at(error.node, f"{WITHOUT}, which cannot be read; {STANDS}")
    except BadInput as error:
        if schedule is None:
            raise
        gap = gap_at(schedule, f"{WITHOUT}: {error}; {STANDS}")
    own = {**own, "learning_rate": ast.Constant(value=Symbol("learning_rate"))}
    read = parse_call(filled(one.call, one.module, one.name, resolver, own))
    frameworks.rule_of(bare(read.call))  # raises, if the optimizer is at fault
    return read, [gap]


def _step_gaps(schedule: ast.Call | None, resolver: Resolver) -> list[Gap]:
    """What is not known of the step of a schedule of TensorFlow 1."""
    if schedule is None:
        return []
    module, name, _ = canonical_name(resolver.full_names(schedule.func)[0])
    return step_gaps(given_arguments(schedule, module, name, resolver)[1], resolver) if module == TRAIN else []


def _own(one: CallSite, group: ParameterGroup) -> tuple[dict[str, ast.expr], list[Gap]]:
    """The arguments that a group has itself; a gap for each entry that is no argument of the class."""
    known = arguments_of(one.module, one.name)
    own = {name: value for name, value in group.given.items() if name in known}
    others = [name for name in group.given if name not in known and name not in IGNORED]
    words = "{} is no argument of {}: what the script does with it is not in the translation"
    return own, [gap_at(group.given[name], words.format(name, one.name)) for name in others]


def _may_be_groups(over: ast.expr, links: Links) -> bool:
    """Whether a function that is not in the file, or a name, is called as if it gave groups."""
    value = links.resolver.meaning(over)
    function = value.func if isinstance(value, ast.Call) else value
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return "group" in word.lower()


def _excluded(one: CallSite, training: Training[NativeCall], links: Links) -> tuple[Training[NativeCall], list[Gap]]:
    """The training with a group for the variables that its optimizer is told to leave out of weight decay."""
    keys = links.names_of(one)
    resolver = links.resolver
    own = [
        (call, names)
        for call in calls_of(resolver)
        if (names := excluded_names(call, resolver))
        and isinstance(call.func, ast.Attribute)
        and (resolver.key(call.func.value) in keys or links.is_alone(one))
    ]
    if not own:
        return training, []
    if len(training.groups) > 1 or "weight_decay" not in arguments_of(one.module, one.name):
        words = "these variables have no weight decay, and have it in the translation: make them a group without one"
        return training, [gap_at(call, words) for call, _ in own]
    return apart(training, tuple(dict.fromkeys(name for _, names in own for name in names))), []


# --- schedules


def _scheduled(
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


def _set_by_hand(one: CallSite, calls: list[NativeCall], links: Links) -> tuple[list[NativeCall], ast.AST | None]:
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


# --- clipping


def _clipped(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], Clip | None, list[Gap], list[CallSite]]:
    """The calls with the clipping of their gradients: that of one call is its own, that of several is over all."""
    found = links.clippings_of(one)
    if not found:
        return *_clipped_by_wrapper(one, calls, links), []
    if len(found) > 1 and len({text_of(part.node) for part in found}) > 1:
        lines = ", ".join(str(part.node.lineno) for part in found)
        words = (
            f"lines {lines} may each clip its gradients, and a training has one clipping; none is in the translation"
        )
        return calls, None, [gap_at(part.node, words) for part in found], []
    part = found[0]
    try:
        clipping = read_part(part, links)
        if len(calls) == len(links.training_of(one)) == 1 and _takes_clipping(one):
            together = [with_part(calls[0], clipping)]
            frameworks.rule_of(bare(together[0]))
            return together, None, _order_gaps(one, part, links), found
        return calls, _clip_of(clipping), _order_gaps(one, part, links), found
    except BadInput as error:
        return calls, None, [gap_at(part.node, f"the translation is without this clipping: {error}")], [part]


def _may_be_wrapped(one: CallSite, links: Links) -> bool:
    """Whether Lightning or Accelerate may step it: torch's only optimizer of the file."""
    return isinstance(frameworks.of(one.framework).clips, ClipCalls) and links.is_alone(one)


def _clipped_by_wrapper(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], Clip | None, list[Gap]]:
    """The calls with the clipping that Lightning or Accelerate does."""
    found = clippings_of(links.resolver) if _may_be_wrapped(one, links) else []
    if not found:
        return calls, None, []
    node, name, limit = found[0]
    clips = frameworks.of(one.framework).clips
    if clips is None or len({(each, text_of(value)) for _, each, value in found}) > 1:
        words = "there are several clippings, and a training has one; none is in the translation"
        return calls, None, [gap_at(part, words) for part, _, _ in found]
    keyword = ast.keyword(arg=next(iter(clips.calls[name])), value=limit)
    try:
        call = ast.Call(func=node.func, args=[], keywords=[keyword])
        clipping = parse_call(filled(call, clips.module, name, links.resolver)).call
        if len(calls) > 1 or len(links.training_of(one)) > 1:
            return calls, _clip_of(clipping), []
        return [with_part(calls[0], clipping)], None, []
    except BadInput as error:
        return calls, None, [gap_at(node, f"the translation is without this clipping: {error}")]


def _takes_clipping(one: CallSite) -> bool:
    """Whether the clipping is the optimizer's own: a call that goes with it, or an argument that it has."""
    clips = frameworks.of(one.framework).clips
    return isinstance(clips, ClipCalls) or set(clips.names if clips else ()) <= set(arguments_of(one.module, one.name))


def _clip_of(clipping: NativeCall) -> Clip | None:
    """The clipping of all gradients that a call is."""
    match frameworks.of(clipping.framework).clips:
        case ClipCalls() as clips:
            return clips.read(clipping)
        case ClipArguments() as clips:
            given = clips.argument_of(clipping)
            fields = dict(zip(clips.names, clips.fields, strict=True))
            return clips.read({fields[name]: cast(float, value) for name, value in given.items()})
        case None:
            return None


def _order_gaps(one: CallSite, part: CallSite, links: Links) -> list[Gap]:
    """A gap, where what is clipped is not what the update is made of."""
    steps = links.steps_of(one)
    accumulation, _ = links.loops.accumulation(steps)
    if accumulation is None or links.loops.clock([part.node], steps) != "batch":
        return []
    words = (
        "it clips after every micro-batch what has been added up so far; the translation clips once, before the update"
    )
    return [gap_at(part.node, words)]
