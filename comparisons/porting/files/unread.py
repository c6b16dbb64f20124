"""What a file does to an optimizer beside calling its class: rates set by hand, callbacks, wrappers, regularizers.

Each is named with its line. Nothing of it is in the translation.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from comparisons import frameworks
from comparisons.frameworks.keras.train_schedules import MODULE as TRAIN
from comparisons.porting.files.constants import constant
from comparisons.porting.files.exclusions import excluded_names
from comparisons.porting.files.expressions import is_schedule
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.resolver import Key, Resolver
from comparisons.porting.reading.source import Gap

SET = {"lr", "learning_rate", "momentum", "weight_decay", "betas", "eps", "beta_1", "beta_2"}
# What takes an optimizer and leaves its numbers as they are.
HARMLESS = {
    "prepare", "setup", "initialize", "zip", "list", "tuple", "dict", "print", "len", "id", "type", "isinstance",
    "compile", "append", "get_lr", "str", "repr", "format", "save", "load", "add", "hasattr", "getattr", "setattr",
    "step", "LossScaleOptimizer", "MixedPrecisionOptimizer", "enumerate", "iter", "cast", "super", "unscale_",
}  # fmt: skip
SCHEDULING = ("LR", "Scheduler", "Schedule", "scheduler", "schedule", "Warmup", "warmup", "Noam", "NoamOpt")
WRAPPING = ("Lookahead", "SWA", "SAM", "LARC", "SWALR", "Opt", "Optim", "Optimizer", "optimizer", "Wrapper")


@dataclass(frozen=True, kw_only=True)
class Unread:
    """What is done to the optimizers of a file, and not read."""

    resolver: Resolver

    def of(self, optimizer: CallSite, keys: set[Key], *, alone: bool, read: ast.AST | None = None) -> list[Gap]:
        """What is done to one: to the variables that it is in, or, where it is alone in the file, to any.

        Args:
            optimizer: its call.
            keys: the variables that may hold it.
            alone: whether what is not seen to be done to another is done to it.
            read: a line that sets a number of it, and is in the translation.
        """
        found = [
            *(gap for key, node, gap in self._set if (key in keys or alone) and node is not read),
            *(gap for key, gap in self._given if key in keys),
            *self._around(optimizer),
        ]
        if optimizer.module != TRAIN and not frameworks.of(optimizer.framework).has_schedulers:
            found += self._regularizers
        return list(dict.fromkeys(sorted(found, key=lambda gap: gap.line or 0)))

    def rates_set(self, keys: set[Key], *, alone: bool) -> list[ast.AST]:
        """The lines that set a number of an optimizer by hand."""
        return [node for key, node, _ in self._set if key in keys or alone]

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return [*ast.walk(self.resolver.tree)]

    @cached_property
    def _set(self) -> list[tuple[Key | None, ast.AST, Gap]]:
        """The lines that set numbers by hand, with the variable whose they are."""
        groups: dict[str, ast.expr] = {}
        for node in self._nodes:
            match node:
                case ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over):
                    for held in _param_groups(over):
                        groups |= {name.id: held for name in ast.walk(target) if isinstance(name, ast.Name)}
                case _:
                    pass
        return [(key, node, gap) for node in self._nodes for key, gap in self._set_by(node, groups)]

    def _set_by(self, node: ast.AST, groups: dict[str, ast.expr]) -> Iterator[tuple[Key | None, Gap]]:
        targets: Sequence[ast.expr] = []
        match node:
            case ast.Assign(targets=several):
                targets = several
            case ast.AugAssign(target=changed):
                targets = [changed]
            case ast.Call(func=ast.Attribute(value=ast.Attribute() as rate, attr="assign")):
                targets = [rate]
            case ast.Call(func=function, args=[ast.Attribute() as rate, _]) if _last(function) == "set_value":
                targets = [rate]
            case _:
                pass
        for target in targets:
            match target:
                case ast.Subscript(value=group, slice=ast.Constant(value=str(word))) if word in SET:
                    name = group.id if isinstance(group, ast.Name) else ""
                    for each in [groups[name]] if name in groups else _param_groups(group):
                        yield self.resolver.key(each), gap_at(node, _SET.format(word))
                case ast.Attribute(value=owner, attr=word) if word in SET and _is_optimizer(owner):
                    yield self.resolver.key(owner), gap_at(node, _SET.format(word))
                case _:
                    pass
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="exclude_from_weight_decay")) if not excluded_names(
                node, self.resolver
            ):
                yield self.resolver.key(owner), gap_at(node, _EXCLUDED)
            case _:
                pass

    @cached_property
    def _regularizers(self) -> list[Gap]:
        found = []
        for node in self._nodes:
            match node:
                case ast.keyword(arg=str(name), value=value) if name.endswith("_regularizer"):
                    if not (isinstance(value, ast.Constant) and value.value is None):
                        found.append(gap_at(value, self._of_regularizer(name, value)))
                case _:
                    pass
        return found

    def _of_regularizer(self, name: str, value: ast.expr) -> str:
        """What a regularizer comes to: its gradient is twice its factor times the weights."""
        weights = f"the weights of that layer ({name.removesuffix('_regularizer')})"
        value = self.resolver.meaning(value)
        factor = None
        match value:
            case ast.Call(func=function, args=args, keywords=keywords) if _last(function) in ("l2", "L2"):
                given = [*args, *(one.value for one in keywords if one.arg in ("l2", "l"))]
                factor = constant(given[0], self.resolver) if given else 0.01  # keras/src/regularizers
                text = text_of(given[0]) if given else "0.01"
            case ast.Constant(value="l2" | "L2"):
                factor, text = 0.01, "0.01"
            case _:
                return f"it adds to the loss by {weights}; it is not in the translation"
        decay = f"{2 * factor:g}" if factor is not None else f"2 * {text}"
        return f"it is a coupled weight decay of {decay} on {weights}: give them weight_decay={decay} (the factor 2)"

    def _around(self, optimizer: CallSite) -> list[Gap]:
        """The call that the optimizer's call is an argument of."""
        above = self.resolver.parents.get(id(optimizer.node))
        if isinstance(above, ast.keyword):
            above = self.resolver.parents.get(id(above))
        if not isinstance(above, ast.Call) or optimizer.node is above.func:
            return []
        return [gap_at(above, _WRAPPED.format(_last(above.func)))] if self._takes(above) else []

    @cached_property
    def _given(self) -> list[tuple[Key, Gap]]:
        """The calls that are given an optimizer by its variable, and may set its numbers."""
        found = []
        for node in self.resolver.scopes.nodes:
            if isinstance(node, ast.Call) and self._takes(node) and _last(node.func).endswith((*SCHEDULING, *WRAPPING)):
                values = (*node.args, *(one.value for one in node.keywords))
                for value in values:
                    if isinstance(value, ast.Name | ast.Attribute) and (key := self.resolver.key(value)):
                        found.append((key, gap_at(node, _WRAPPED.format(_last(node.func)))))
        return found

    def _takes(self, call: ast.Call) -> bool:
        """Whether a call is of nothing that is known: it may do anything to an optimizer."""
        last = _last(call.func)
        names = self.resolver.full_names(call.func)
        ours = last != "SWALR" and any(
            name.startswith(("torch.optim", "keras.", "tensorflow.")) or is_schedule(name) for name in names
        )
        return bool(last) and last not in HARMLESS and not ours and self.resolver.function(call.func) is None


_EXCLUDED = "these variables have no weight decay, and have it in the translation: make them a group without one"
_SET = "{} is set here; what it is set to is not in the translation: set it there too"
_WRAPPED = "{}(...) takes the optimizer and may change its rate or its step; it is not read"


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _param_groups(node: ast.expr) -> Iterator[ast.expr]:
    """The optimizers whose param_groups are in an expression."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and one.attr == "param_groups":
            yield one.value


def _is_optimizer(node: ast.expr) -> bool:
    return _last(node).lower().rstrip("0123456789_").endswith(("opt", "optim", "optimizer"))
