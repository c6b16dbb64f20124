"""The answer for a whole training: groups, clipping over all, accumulation, an average."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from comparisons import frameworks
from comparisons.frameworks.call import ACCUMULATION, NativeCall, Value
from comparisons.frameworks.express import FIDELITIES, Expression, Mismatch
from comparisons.frameworks.express_training import TrainingExpression, express_training
from comparisons.frameworks.fidelity import Fidelity
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.tensors import renamed
from comparisons.frameworks.trainings import Optimizer, bare, native, over_groups
from comparisons.porting.answer import as_it_is, with_mismatches
from comparisons.porting.arithmetic import forgets, subnormals
from comparisons.porting.notes import general, notes
from comparisons.porting.plateaus import in_framework
from comparisons.porting.reading.source import Gap, Source, with_arguments
from comparisons.porting.routes import Exact, exact_route
from comparisons.porting.unsupported_arguments import mismatches
from comparisons.porting.writing.whole import group_names
from comparisons.rules import Rule, of_matrices
from comparisons.rules.training import Group, Selector, Training

Route = Literal["native", "hook", "drop-in", "lines"]
WORST: tuple[Route, ...] = ("native", "lines", "hook", "drop-in")


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A translation of a whole training.

    Args:
        source: what was written, its calls completed; its tensors by the source's names.
        origins: of each group here, the number of the source's: one of a call that stands for two rules is two here.
        framework, to: from where to where.
        native: the closest native training, its fidelity and mismatches, of each group and around them.
        exact: the training that follows the source to the letter, of calls with or without hooks and of rules; None if
            there is none. route: the longest way that a group of it takes; `lines` where only the loop does more.
        holds: whether it gives the source's numbers; None as long as nothing speaks against it.
        names: what the groups are called.
        unsupported_arguments: those of the source that no rule has a field for.
        gaps: what the source says and no record holds.
        notes: what this training calls for. advice: what always must change with it.
        tensors: what the groups' tensors are called here, a sentence each.
    """

    source: Training[NativeCall]
    origins: tuple[int, ...]
    framework: str
    to: str
    native: TrainingExpression
    exact: Training[Optimizer] | None
    route: Route
    holds: bool | None
    names: tuple[str, ...]
    unsupported_arguments: Mapping[str, Value]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    tensors: tuple[str, ...]

    @property
    def rules(self) -> Training[Rule]:
        """What the source stands for, a group for each here."""
        split = len(self.origins) > len(self.source.groups)
        return frameworks.rules_of(self.source) if split else frameworks.rule_of(self.source)

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Those around the groups, then those of the groups, each once; none where a rule is all that there is."""
        if not frameworks.of(self.to).has_optimizers:
            return ()
        groups = [one for group in self.native.groups for one in group.mismatches]
        return tuple(dict.fromkeys([*self.native.around, *groups]))


def whole_answer(source: Source, to: str) -> Whole:
    """The answer for a training that has been read.

    Raises:
        BadInput: a call is not one that its class takes.
    """
    ours, other = frameworks.of(source.call.framework), frameworks.of(to)
    written = over_groups(source.training, _completed)
    # within one framework what its optimizers count stays as it is
    stays = other is ours and ours.around.counts_batches(written)
    parts, rules, origins = _taken_apart(written) if other is not ours else _as_one(written, stays)
    prefer = [group.optimizer.name for group in parts.groups]
    found = express_training(other, rules, prefer, ours.name)
    if other is ours:
        found = _as_they_are(found, written)
    routes = [exact_route(to, group.optimizer, one) for group, one in zip(rules.groups, found.groups, strict=True)]
    if not other.has_optimizers:  # a textbook's class is no part of a training
        found = replace(found, training=None, around=())
        routes = [Exact(route="drop-in", optimizer=group.optimizer) for group in rules.groups]
    found, holds = _judged(found, parts, rules, (ours, other))
    extra = mismatches(source, to)
    if extra:
        found = replace(found, around=(*extra, *found.around), fidelity=_worse(found.fidelity, "exact-with-hook"))
    exact, route = _exact(rules, found, routes)
    if stays:
        found = replace(found, training=_accumulating(found.training, ours))
        exact = _accumulating(exact, ours)
    firsts = [(group, one) for group, one in zip(rules.groups, routes, strict=True) if one is not None]
    said = [notes(source, group.optimizer, one, to) for group, one in firsts]
    advice = [general(source, group.optimizer, one, to) for group, one in firsts]
    changed = [renamed(group.tensors, ours, other) for group in parts.groups]
    return Whole(
        source=written,
        origins=origins,
        framework=ours.id,
        to=to,
        native=replace(found, training=_with_tensors(found.training, [tensors for tensors, _ in changed])),
        exact=_with_tensors(exact, [tensors for tensors, _ in changed]),
        route=route,
        holds=False if holds or source.gaps else None,  # nothing is exact that was not read
        names=tuple(group_names(parts, rules)),
        unsupported_arguments=source.unsupported_arguments,
        gaps=in_framework(source.gaps, to),
        notes=tuple(dict.fromkeys(sentence for several in said for sentence in several)),
        advice=tuple(dict.fromkeys(sentence for several in advice for sentence in several)),
        tensors=tuple(dict.fromkeys(sentence for _, sentences in changed for sentence in sentences)),
    )


Apart = tuple[Training[NativeCall], Training[Rule], tuple[int, ...]]


def _as_one(written: Training[NativeCall], stays: bool) -> Apart:
    """The calls, what each stands for, and which group each was."""
    rules = over_groups(written, lambda call: frameworks.rule_of(bare(call))) if stays else frameworks.rule_of(written)
    return written, rules, tuple(range(len(written.groups)))


def _taken_apart(written: Training[NativeCall]) -> Apart:
    """The same with a group for each rule; a call of the same class stands for the same."""
    rules = frameworks.rules_of(written)
    origins = tuple(i for i, group in enumerate(written.groups) for _ in frameworks.groups_of(bare(group.optimizer)))
    return replace(written, groups=_parts(written, rules, origins)), rules, origins


def _parts(
    written: Training[NativeCall], rules: Training[Rule], origins: tuple[int, ...]
) -> tuple[Group[NativeCall], ...]:
    """The groups of the rules, each with its call; those that one call makes are called by what it puts there."""
    groups: list[Group[NativeCall]] = []
    for group, i in zip(rules.groups, origins, strict=True):
        tensors = group.tensors
        if origins.count(i) > 1:
            word = "matrices" if of_matrices(group.optimizer) else "others"
            tensors = replace(tensors, label=f"{tensors.label}_{word}" if tensors.label else word)
        groups.append(Group(tensors=tensors, optimizer=written.groups[i].optimizer))
    return tuple(groups)


def _as_they_are(found: TrainingExpression, written: Training[NativeCall]) -> TrainingExpression:
    """The expression within a framework, whose calls that stand for several rules each are themselves."""
    calls = [group.optimizer for group in written.groups]
    groups = [as_it_is(call) or one for call, one in zip(calls, found.groups, strict=True)]
    training = found.training
    if training is not None:
        own = zip(training.groups, groups, strict=True)
        training = replace(
            training, groups=tuple(replace(group, optimizer=one.call or group.optimizer) for group, one in own)
        )
    return replace(found, training=training, groups=tuple(groups))


def _completed(call: NativeCall) -> NativeCall:
    """The call completed, by which its optimizer accumulates gradients if it did."""
    own = {name: value for name, value in call.arguments.items() if name == ACCUMULATION}
    return with_arguments(frameworks.complete(bare(call)), own)


def _accumulating(training: Any, framework: Framework) -> Any:
    """The training whose optimizers accumulate its gradients, where they are the framework's."""
    calls = None if training is None else native(training)
    return training if calls is None else framework.around.accumulating(calls)


def _worse(one: Fidelity, other: Fidelity) -> Fidelity:
    return max(one, other, key=FIDELITIES.index)


def _judged(
    found: TrainingExpression, written: Training[NativeCall], rules: Training[Rule], pair: tuple[Framework, Framework]
) -> tuple[TrainingExpression, bool]:
    """The expression with what arithmetic has against each group, and whether that is against every route."""
    if pair[0] is pair[1]:
        return found, False
    groups: list[Expression] = []
    against = False
    for group, rule, one in zip(written.groups, rules.groups, found.groups, strict=True):
        lost = subnormals(rule.optimizer, pair) + forgets(group.optimizer, rule.optimizer)
        against = against or bool(lost)
        groups.append(with_mismatches(one, (*lost, *forgets(one.call, rule.optimizer)), "approximate"))
    fidelity = max((found.fidelity, *(one.fidelity for one in groups)), key=FIDELITIES.index)
    return replace(found, groups=tuple(groups), fidelity=fidelity), against


def _exact(
    rules: Training[Rule], found: TrainingExpression, routes: list[Exact | None]
) -> tuple[Training[Optimizer] | None, Route]:
    """The training of each group's exact route, with all that surrounds it done in the loop, and its route."""
    if any(one is None for one in routes):
        return None, "native"
    optimizers = [one for one in routes if one is not None]
    ways: list[Route] = [one.route for one in optimizers]
    if any(mismatch.field == "clip" for mismatch in found.around):
        ways.append("lines")
    groups = tuple(
        Group(tensors=group.tensors, optimizer=one.optimizer)
        for group, one in zip(rules.groups, optimizers, strict=True)
    )
    training: Training[Optimizer] = Training(
        groups=groups, clip=rules.clip, accumulation=rules.accumulation, average=rules.average
    )
    return training, max(ways, key=WORST.index)


def _with_tensors(training: Any, tensors: list[Selector]) -> Any:
    """The training with other selectors."""
    if training is None:
        return None
    groups = tuple(replace(group, tensors=one) for group, one in zip(training.groups, tensors, strict=True))
    return replace(training, groups=groups)
