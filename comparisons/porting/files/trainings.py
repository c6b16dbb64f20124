"""A training of a file: an optimizer with its groups, and all that goes with it, as one source."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.keras.train_schedules import MODULE as TRAIN
from comparisons.frameworks.trainings import bare
from comparisons.names import BadInput
from comparisons.porting.files.averages import average_of
from comparisons.porting.files.clipping import clipped, may_be_wrapped
from comparisons.porting.files.exclusions import apart, calls_of, excluded_names
from comparisons.porting.files.filling import UnreadSchedule, filled, given_arguments, schedule_of
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.global_steps import step_gaps
from comparisons.porting.files.groups import groups_of
from comparisons.porting.files.links import Links
from comparisons.porting.files.picking import ParameterGroup
from comparisons.porting.files.places import canonical_name
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.files.scheduling import scheduled, set_by_hand
from comparisons.porting.files.wrappers import accumulation_of
from comparisons.porting.reading.calls import parse_call
from comparisons.porting.reading.names import arguments_of
from comparisons.porting.reading.source import Gap, Source
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
    calls, more, used = scheduled(one, [group.optimizer for group in groups], links)
    gaps, parts = [*gaps, *more], [*parts, *used]
    calls, by_hand = set_by_hand(one, calls, links)
    calls, clip, more, used = clipped(one, calls, links)
    gaps, parts = [*gaps, *more], [*parts, *used]
    steps = links.steps_of(one)
    accumulation, reason = links.loops.accumulation(steps)
    if reason:
        gaps.append(gap_at(steps[0], reason))
    elif accumulation is None and may_be_wrapped(one, links):
        accumulation, more = accumulation_of(links.loops)
        gaps += more
    average, more = average_of(links.averaging, links.loops, steps) if links.is_alone(one) else (None, [])
    gaps += more
    training = Training(
        groups=tuple(replace(group, optimizer=call) for group, call in zip(groups, calls, strict=True)),
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
