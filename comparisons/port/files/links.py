"""What goes with what in a file: the optimizer's schedulers, its clipping, its parameter groups."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from comparisons import frameworks
from comparisons.frameworks.keras.clipping import FUNCTIONS_MODULE as TF_MODULE
from comparisons.port.files.finds import CallSite, call_sites_in
from comparisons.port.files.gradients import applied
from comparisons.port.files.reaching import reaching
from comparisons.port.files.resolver import Key, Resolver


@dataclass(frozen=True, kw_only=True)
class Links:
    """The calls of a file, and what goes with what."""

    resolver: Resolver
    call_sites: Sequence[CallSite]

    def optimizers_of(self, schedule: CallSite) -> list[CallSite]:
        """The optimizers that a scheduler of torch may be given: those that are in its first argument then."""
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

    def grouped(self, optimizer: CallSite) -> bool:
        """Whether groups of parameters are added to it, or to the list that it is made over."""
        over = [self.resolver.key(one) for one in optimizer.call.args[:1]]
        return not self._extended.isdisjoint([*optimizer.targets, *over])

    def stepped_by_epoch(self, schedule: CallSite) -> tuple[int, int] | None:
        """The lines of scheduler.step() and of optimizer.step(), if the second is in a loop within the first's."""
        optimizers = [key for one in self.optimizers_of(schedule) for key in one.targets]
        for outer in self._stepping(schedule.targets):
            for inner in self._stepping(optimizers):
                around, within = self.resolver.scopes.sites[id(outer)], self.resolver.scopes.sites[id(inner)]
                deeper = len(within.loops) > len(around.loops) > 0
                if around.scope is within.scope and deeper and within.loops[: len(around.loops)] == around.loops:
                    return outer.lineno, inner.lineno
        return None

    def _clipped(self, clipping: CallSite) -> list[CallSite]:
        """The optimizers whose gradients a clipping clips."""
        if clipping.module == TF_MODULE:
            holders = self._applied.get(id(clipping.node), [])
            if held := [one for holder in holders for one in self._held(holder, clipping)]:
                return held
        mine = [one for one in self._optimizers if one.framework == clipping.framework]
        alternatives = len({one.targets[:1] or id(one.node) for one in mine}) == 1
        return mine if alternatives and self.reaches_a_step(clipping) else []

    def _held(self, holder: ast.expr, where: CallSite) -> list[CallSite]:
        """The optimizers that a variable may hold where another call stands."""
        key = self.resolver.key(holder)
        return reaching(self._by_target[key], where.site) if key else []

    def _stepping(self, keys: Iterable[Key]) -> Iterator[ast.Call]:
        return (call for key in keys for call in self._steps[key])

    @property
    def _optimizers(self) -> list[CallSite]:
        return self._of_kind["optimizer"]

    @property
    def _clippings(self) -> list[CallSite]:
        return self._of_kind["clipping"]

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
    def _steps(self) -> dict[Key, list[ast.Call]]:
        """The calls of step: optimizer.step(), and scaler.step(optimizer)."""
        steps = defaultdict(list)
        for node in self.resolver.scopes.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=stepped, attr="step"), args=args):
                    for key in filter(None, [self.resolver.key(one) for one in (stepped, *args[:1])]):
                        steps[key].append(node)
                case _:
                    pass
        return steps

    @cached_property
    def _extended(self) -> set[Key]:
        """The optimizers that groups are added to, and the lists that dicts are."""
        found: set[Key] = set()
        for node in self.resolver.scopes.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=extended, attr="add_param_group" | "append"), args=[ast.Dict()]):
                    found.update(filter(None, [self.resolver.key(extended)]))
                case _:
                    pass
        return found


def links_of(resolver: Resolver) -> Links:
    """The links between the calls of a file."""
    return Links(resolver=resolver, call_sites=call_sites_in(resolver))
