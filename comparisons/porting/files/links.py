"""What goes with what in a file: the optimizer's schedulers, its clipping, its parameter groups."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from comparisons import frameworks
from comparisons.frameworks.keras.clipping import FUNCTIONS_MODULE as TF_MODULE
from comparisons.names import BadInput
from comparisons.porting.files.averages import averaging
from comparisons.porting.files.finds import CallSite, call_sites_in
from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.gradients import applied
from comparisons.porting.files.loops import Clock, Loops, steps_in
from comparisons.porting.files.reaching import reaching
from comparisons.porting.files.resolver import Key, Resolver
from comparisons.porting.files.unread import Unread
from comparisons.porting.reading.calls import dotted
from comparisons.porting.reading.names import WITHOUT
from comparisons.rules import of_matrices


@dataclass(frozen=True, kw_only=True)
class Links:
    """The calls of a file, and what goes with what."""

    resolver: Resolver
    call_sites: Sequence[CallSite]

    def optimizers_of(self, schedule: CallSite) -> list[CallSite]:
        """The optimizers that a scheduler of torch may be given: those that are in its first argument then."""
        if schedule.name in WITHOUT:
            return list(dict.fromkeys(one for part in self.parts_of(schedule) for one in self.optimizers_of(part)))
        named = [one.value for one in schedule.call.keywords if one.arg == "optimizer"]
        first = [*named, *schedule.call.args][:1]
        if not first or not frameworks.of(schedule.framework).has_schedulers:
            return []
        given = [one for one in self._optimizers if one.node is first[0]]
        return given or self._held(first[0], schedule)

    def schedules_of(self, optimizer: CallSite) -> list[CallSite]:
        """The schedulers that step an optimizer."""
        return self._schedules[optimizer]

    def clippings_of(self, optimizer: CallSite) -> list[CallSite]:
        """The clippings of its gradients: those that its apply_gradients is given; all, where it is the only one."""
        return self._clips[optimizer]

    def reaches_a_step(self, clipping: CallSite) -> bool:
        """Whether what is clipped are gradients: always for torch's; TensorFlow's functions clip anything."""
        return clipping.module != TF_MODULE or id(clipping.node) in self._applied

    def is_no_gradient(self, clipping: CallSite) -> bool:
        """Whether nothing speaks for gradients: an image or a loss is clipped, and no optimizer's business."""
        if clipping.kind != "clipping" or self.reaches_a_step(clipping):
            return False
        return not any("grad" in text_of(one).lower() for one in clipping.call.args[:1])

    def added_to(self, optimizer: CallSite) -> list[ast.expr]:
        """The groups that are given to its add_param_group."""
        return [
            call.args[0]
            for node in self.resolver.scopes.assigned.get(id(optimizer.node), [])
            for call in self.resolver.methods_of(node, "add_param_group")
            if len(call.args) == 1
        ]

    def is_alone(self, optimizer: CallSite) -> bool:
        """Whether no other variable of the file holds an optimizer of the framework, but for one of its training."""
        return self._holders[optimizer.framework] == len(self.training_of(optimizer))

    def training_of(self, optimizer: CallSite) -> tuple[CallSite, ...]:
        """The optimizers that train one net together: one that takes matrices only, and that of the rest."""
        return self._pairs.get(optimizer, (optimizer,))

    def names_of(self, optimizer: CallSite) -> set[Key]:
        """The variables that hold it, those of functions that it is given to included."""
        return self.loops.names_of(optimizer.targets)

    def steps_of(self, optimizer: CallSite) -> list[ast.Call]:
        """The calls of its step; those of whatever is called like an optimizer, where it is the only one."""
        own = [call for key in self.names_of(optimizer) for call in self._steps[key]]
        if own or not self.is_alone(optimizer):
            return own
        return [call for call in self._every_step if _looks_like_optimizer(call)]

    def clock_of(self, schedule: CallSite) -> Clock:
        """What a scheduler counts, by where it is stepped."""
        if (lightning := self._lightning(schedule)) is not None:
            return lightning
        stepped = [call for key in self.loops.names_of(schedule.targets) for call in self._steps[key]]
        optimizers = self.optimizers_of(schedule)
        return self.loops.clock(stepped, [step for one in optimizers for step in self.steps_of(one)])

    def stepped_to(self, schedule: CallSite) -> list[tuple[ast.Call, ast.expr]]:
        """The calls by which a scheduler is stepped to a number that they are given, with the number."""
        return [
            (call, value)
            for call in self._stepped(schedule)
            for value in (*call.args[:1], *(one.value for one in call.keywords if one.arg == "epoch"))
        ]

    def early(self, schedule: CallSite) -> list[ast.Call]:
        """The calls by which a scheduler is stepped before the updates of that step or epoch are made."""
        steps = [step for one in self.optimizers_of(schedule) for step in self.steps_of(one)]
        return [call for call in self._stepped(schedule) if self.loops.is_before(call, steps)]

    def _stepped(self, schedule: CallSite) -> list[ast.Call]:
        return [call for key in self.loops.names_of(schedule.targets) for call in self._steps[key]]

    def parts_of(self, schedule: CallSite) -> list[CallSite]:
        """The schedules that a schedule is put together from, at any depth."""
        return [one for one in self._of_kind["schedule"] if one is not schedule and schedule in self._wholes[one]]

    def _lightning(self, schedule: CallSite) -> Clock | None:
        """What Lightning counts: epochs, unless the function that returns the scheduler says otherwise."""
        made = self.loops.function_of(schedule.node)
        if made is None or made.name != "configure_optimizers":
            return None
        for node in ast.walk(made):
            match node:
                case ast.Dict(keys=keys, values=values):
                    for key, value in zip(keys, values, strict=True):
                        match key, value:
                            case ast.Constant(value="interval"), ast.Constant(value="step"):
                                return "update"
                            case _:
                                pass
                case _:
                    pass
        return "epoch"

    def _clipped(self, clipping: CallSite) -> list[CallSite]:
        """The optimizers whose gradients a clipping clips."""
        if clipping.module == TF_MODULE:
            holders = self._applied.get(id(clipping.node), [])
            if held := [one for holder in holders for one in self._held(holder, clipping)]:
                return held
        mine = [one for one in self._optimizers if one.framework == clipping.framework]
        if not mine or not self.reaches_a_step(clipping):
            return []
        if self.is_alone(mine[0]):
            return mine
        over = [text_of(one) for one in clipping.call.args[:1]]
        return [one for one in mine if over and [text_of(made) for made in one.call.args[:1]] == over]

    def _held(self, holder: ast.expr, where: CallSite) -> list[CallSite]:
        """The optimizers that a variable may hold where another call stands."""
        key = self.resolver.key(holder)
        return reaching(self._by_target[key], where.site) if key else []

    @property
    def _optimizers(self) -> list[CallSite]:
        return self._of_kind["optimizer"]

    @property
    def _clippings(self) -> list[CallSite]:
        return self._of_kind["clipping"]

    @cached_property
    def _holders(self) -> dict[str, int]:
        """How many variables hold optimizers of each framework."""
        held: dict[str, set[tuple[Key, ...] | int]] = defaultdict(set)
        for one in self._optimizers:
            held[one.framework].add(one.targets[:1] or id(one.node))
        return {framework: len(holders) for framework, holders in held.items()}

    @cached_property
    def _pairs(self) -> dict[CallSite, tuple[CallSite, ...]]:
        """The optimizers of torch, where they are two and one of them refuses all that is no matrix."""
        mine = tuple(one for one in self._optimizers if frameworks.of(one.framework).has_schedulers)
        variables = {key for one in mine for key in one.targets[:1]}
        if len(mine) != 2 or len(variables) != 2 or sum(map(_takes_matrices_only, mine)) != 1:
            return {}
        return dict.fromkeys(mine, mine)

    @cached_property
    def _of_kind(self) -> dict[str, list[CallSite]]:
        kinds: dict[str, list[CallSite]] = defaultdict(list)
        for one in self.call_sites:
            kinds[one.kind].append(one)
        return kinds

    @cached_property
    def _by_target(self) -> dict[Key, list[CallSite]]:
        held = defaultdict(list)
        for one in self._optimizers:
            for key in one.targets:
                held[key].append(one)
        return held

    @cached_property
    def _schedules(self) -> dict[CallSite, list[CallSite]]:
        found = defaultdict(list)
        for schedule in self._of_kind["schedule"]:
            if self._wholes[schedule]:
                continue
            for optimizer in self.optimizers_of(schedule):
                found[optimizer].append(schedule)
        return found

    @cached_property
    def _clips(self) -> dict[CallSite, list[CallSite]]:
        found = defaultdict(list)
        for clipping in self._clippings:
            for optimizer in self._clipped(clipping):
                found[optimizer].append(clipping)
        return found

    @cached_property
    def _applied(self) -> dict[int, list[ast.expr]]:
        clips = [one.node for one in self._clippings if one.module == TF_MODULE]
        return applied(clips, self.resolver) if clips else {}

    @cached_property
    def _wholes(self) -> dict[CallSite, list[CallSite]]:
        """The schedules that each schedule is a part of: an element of a list that they are given."""
        schedules, found = self._of_kind["schedule"], defaultdict[CallSite, list[CallSite]](list)
        nodes = {id(one.node): one for one in schedules}
        by_key: dict[Key, list[CallSite]] = defaultdict(list)
        for one in schedules:
            for key in one.targets:
                by_key[key].append(one)
        for whole in schedules:
            for part in self._listed(whole, nodes, by_key):
                if part is not whole:
                    found[part] += [whole, *found[whole]]
        for part, wholes in [*found.items()]:
            found[part] = list(dict.fromkeys([*wholes, *(more for one in wholes for more in found.get(one, []))]))
        return found

    def _listed(
        self, whole: CallSite, nodes: Mapping[int, CallSite], by_key: Mapping[Key, list[CallSite]]
    ) -> Iterator[CallSite]:
        """The schedules in the lists that a schedule is given."""
        given = (*whole.call.args, *(one.value for one in whole.call.keywords))
        for value in (self.resolver.meaning(one) for one in given):
            for part in value.elts if isinstance(value, ast.List | ast.Tuple) else ():
                if id(part) in nodes:
                    yield nodes[id(part)]
                elif isinstance(part, ast.Name | ast.Attribute) and (key := self.resolver.key(part)):
                    yield from reaching(by_key.get(key, []), whole.site)

    @cached_property
    def loops(self) -> Loops:
        """The loops of the file."""
        return Loops(resolver=self.resolver)

    @cached_property
    def averaging(self) -> list[tuple[ast.Call, list[str]]]:
        """The calls of the file that make an average of the weights."""
        return averaging(self.resolver)

    @cached_property
    def unread(self) -> Unread:
        """What is done to the optimizers of the file, and not read."""
        return Unread(resolver=self.resolver)

    @cached_property
    def _steps(self) -> dict[Key, list[ast.Call]]:
        """The calls of step: optimizer.step(), and scaler.step(optimizer)."""
        steps = defaultdict(list)
        for key, call in steps_in(self.resolver):
            steps[key].append(call)
        return steps

    @cached_property
    def _every_step(self) -> list[ast.Call]:
        calls = (node for node in self.resolver.scopes.nodes if isinstance(node, ast.Call))
        return [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "step"]


def _takes_matrices_only(one: CallSite) -> bool:
    framework = frameworks.of(one.framework)
    try:
        return one.name in framework.classes and of_matrices(frameworks.rule_of(framework.call(one.name, {})))
    except BadInput:  # a class without a rule
        return False


def _looks_like_optimizer(call: ast.Call) -> bool:
    """Whether what is stepped is called as optimizers are: opt, optimizer, self.optim."""
    held = call.func.value if isinstance(call.func, ast.Attribute) else call
    words = [dotted(one).rpartition(".")[2].lower() for one in (held, *call.args[:1])]
    return any(word.startswith("opt") or word.endswith(("optimizer", "optim", "opt")) for word in words)


def links_of(resolver: Resolver) -> Links:
    """The links between the calls of a file."""
    return Links(resolver=resolver, call_sites=call_sites_in(resolver))
